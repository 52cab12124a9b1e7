package org.ijepa.node;

import akka.pki.pem.DERPrivateKeyLoader;
import akka.pki.pem.PEMDecoder;
import akka.pki.pem.PEMLoadingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.function.Predicate;
import org.ijepa.coordinator.NodeMessage;
import org.ijepa.digest.Sha256;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.settings.ClusterSecurity;
import org.ijepa.settings.ClusterSettings;

/** What keeps strangers, and nodes that would not get on with the others, out of a cluster. */
final class NetworkGuard {
  private static final int LEAST_SECRET = 16;

  private NetworkGuard() {}

  /** Refuses to open a node to a network without anything that keeps strangers out. */
  static void check(ClusterSettings cluster) {
    ClusterSecurity security = cluster.security();
    for (String file :
        List.of(
            security.key(), security.certificate(), security.authority(), security.secretFile())) {
      if (!file.isEmpty() && !Files.isReadable(Path.of(file))) {
        throw new Failure(
            ExitCode.WRONG_USAGE,
            file + ", which cluster.tls or cluster.secret-file names, cannot be read",
            "give files of this node that its user can read");
      }
    }
    if (security.isTls()) {
      pem("cluster.tls.key", security.key(), NetworkGuard::privateKey);
      pem("cluster.tls.certificate", security.certificate(), NetworkGuard::certificate);
      pem("cluster.tls.ca", security.authority(), NetworkGuard::certificate);
    }
    String listen = cluster.listen().host();
    boolean opens = !isLoopback(cluster.host()) || (!listen.isEmpty() && !isLoopback(listen));
    if (opens && !security.isComplete() && !security.insecure()) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          (isLoopback(cluster.host())
                  ? "cluster.listen.host = " + listen
                  : "cluster.host = " + cluster.host())
              + " would open this node to whoever can reach it",
          "set cluster.tls.key, .certificate, .ca and cluster.secret-file, or, in a network that is"
              + " yours alone, cluster.insecure = true");
    }
  }

  private interface Reader {
    void read(byte[] pem) throws GeneralSecurityException, PEMLoadingException;
  }

  /** Akka would say what is wrong with a file only in a log, again and again. */
  private static void pem(String name, String file, Reader reader) {
    try {
      reader.read(Files.readAllBytes(Path.of(file)));
    } catch (IOException | GeneralSecurityException | PEMLoadingException e) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          name + " = " + file + ": " + e.getMessage(),
          "give PEM files, the key one of RSA; docs/multi-node.md says how to make them",
          e);
    }
  }

  private static void privateKey(byte[] pem) throws PEMLoadingException {
    DERPrivateKeyLoader.load(PEMDecoder.decode(new String(pem, StandardCharsets.US_ASCII)));
  }

  private static void certificate(byte[] pem) throws GeneralSecurityException {
    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
  }

  /** Whether an address is this machine's own, which no other one can reach. */
  static boolean isLoopback(String host) {
    return is(host, InetAddress::isLoopbackAddress);
  }

  /** Whether an address stands for all of this machine's. */
  static boolean isWildcard(String host) {
    return is(host, InetAddress::isAnyLocalAddress);
  }

  private static boolean is(String host, Predicate<InetAddress> what) {
    try {
      return what.test(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      // A name that will be known later; it is none of this machine's.
      return false;
    }
  }

  /** The secret that the nodes share; empty where none is named. */
  static byte[] secret(ClusterSecurity security) {
    if (security.secretFile().isEmpty()) {
      return new byte[0];
    }
    Path file = Path.of(security.secretFile());
    try {
      byte[] secret = Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
      if (secret.length >= LEAST_SECRET) {
        return secret;
      }
    } catch (IOException e) {
      throw new Failure(ExitCode.WRONG_USAGE, file + " holds no text", write(file), e);
    }
    throw new Failure(
        ExitCode.WRONG_USAGE,
        "the secret in " + file + " is shorter than " + LEAST_SECRET + " characters",
        write(file));
  }

  private static String write(Path file) {
    return "write a secret with: openssl rand -hex 32 > " + file;
  }

  /** What a node says of its secret to those that a session's certificates let in. */
  static String digest(byte[] secret, String session) {
    MessageDigest digest = Sha256.begin();
    digest.update(session.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    digest.update(secret);
    return Sha256.hex(digest);
  }

  /** Refuses to join a run whose trainers would exchange no gradients with this node's. */
  static void sameSecret(NodeMessage.Welcome run, byte[] secret) {
    if (!run.secret().equals(digest(secret, run.session()))) {
      throw new Failure(
          ExitCode.WRONG_USAGE,
          "the run that " + run.leader() + " leads has another secret",
          "give all nodes the same cluster.secret-file");
    }
  }
}
