package org.ijepa.embedded;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Properties;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;
import org.slf4j.LoggerFactory;

/**
 * An S3 server (s3proxy) on the loopback interface, with a folder as its store: bucket {@code b}'s
 * object {@code x/y} is the file {@code FOLDER/b/x/y}. Requests must be signed (AWS signature 4)
 * with its credentials, in any region, and address buckets by path.
 *
 * <p>A PUT with {@code If-None-Match: *} is <em>not</em> conditional here: s3proxy 2.6.0 ignores
 * the header and overwrites the object. Objects keep their checksums in extended attributes, so the
 * folder must lie on a file system that has these.
 */
public final class EmbeddedS3 implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";

  private final S3Proxy server;
  private final BlobStoreContext store;
  private final Credentials credentials;

  /** What requests must be signed with. */
  public record Credentials(String accessKeyId, String secretAccessKey) {
    public Credentials {
      if (accessKeyId.isBlank() || secretAccessKey.isBlank()) {
        throw new IllegalArgumentException("embedded S3: access key and secret must not be empty");
      }
    }

    /** New ones, that nobody can guess. */
    public static Credentials generated() {
      byte[] bytes = new byte[30];
      new SecureRandom().nextBytes(bytes);
      HexFormat hex = HexFormat.of();
      return new Credentials(hex.formatHex(bytes, 0, 10), hex.formatHex(bytes, 10, 30));
    }

    /** The usual AWS chain of this process finds them, as it finds a user's in the environment. */
    public void useHere() {
      System.setProperty("aws.accessKeyId", accessKeyId);
      System.setProperty("aws.secretAccessKey", secretAccessKey);
    }

    /** Leaves the secret out, so that no log tells it. */
    @Override
    public String toString() {
      return "Credentials[" + accessKeyId + "]";
    }
  }

  private EmbeddedS3(S3Proxy server, BlobStoreContext store, Credentials credentials) {
    this.server = server;
    this.store = store;
    this.credentials = credentials;
  }

  /** A server on any free port, with new credentials. */
  public static EmbeddedS3 start(Path folder) throws IOException {
    return start(folder, 0, Credentials.generated());
  }

  /**
   * Starts a server; it answers when this returns.
   *
   * @param folder holds the buckets; created where absent
   * @param port of the loopback interface; 0 for any that is free
   * @throws IOException if the folder cannot be used or the port is taken
   */
  public static EmbeddedS3 start(Path folder, int port, Credentials credentials)
      throws IOException {
    quieten("org.gaul");
    quieten("org.jclouds");
    Path root = Files.createDirectories(folder).toRealPath();
    requireExtendedAttributes(root);
    Properties properties = new Properties();
    properties.setProperty("jclouds.filesystem.basedir", root.toString());
    BlobStoreContext store =
        ContextBuilder.newBuilder("filesystem-nio2")
            .credentials("unused", "unused")
            .overrides(properties)
            .build(BlobStoreContext.class);
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(new FolderBlobStore(store.getBlobStore(), root))
            .endpoint(URI.create("http://" + LOOPBACK + ":" + port))
            .awsAuthentication(
                AuthenticationType.AWS_V4, credentials.accessKeyId(), credentials.secretAccessKey())
            .build();
    try {
      server.start();
    } catch (Exception e) {
      store.close();
      throw new IOException(
          "embedded S3: cannot listen on "
              + LOOPBACK
              + ":"
              + port
              + " ("
              + e.getMessage()
              + "); name another port, or 0 for any",
          e);
    }
    return new EmbeddedS3(server, store, credentials);
  }

  /** Creates a bucket, or takes the one that is there. */
  public void createBucket(String bucket) {
    store.getBlobStore().createContainerInLocation(null, bucket);
  }

  /** {@code http://127.0.0.1:PORT}. */
  public URI endpoint() {
    return URI.create("http://" + LOOPBACK + ":" + server.getPort());
  }

  /** {@code s3://BUCKET/PREFIX}. */
  public URI uri(String bucket, String prefix) {
    return URI.create("s3://" + bucket + "/" + prefix);
  }

  public Credentials credentials() {
    return credentials;
  }

  /** Stops answering; the folder stays. */
  @Override
  public void close() throws IOException {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IOException("embedded S3: stopping failed: " + e.getMessage(), e);
    } finally {
      store.close();
    }
  }

  /** The server tells of each request at DEBUG; whoever wants that sets a level before. */
  private static void quieten(String name) {
    if (LoggerFactory.getLogger(name) instanceof Logger logger && logger.getLevel() == null) {
      logger.setLevel(Level.WARN);
    }
  }

  private static void requireExtendedAttributes(Path root) throws IOException {
    Path probe = Files.createTempFile(root, ".attributes-", "");
    try {
      Files.getFileAttributeView(probe, UserDefinedFileAttributeView.class)
          .write("user.probe", ByteBuffer.wrap(new byte[] {1}));
    } catch (IOException | UnsupportedOperationException e) {
      throw new IOException(
          "embedded S3: the file system of "
              + root
              + " keeps no extended attributes: name a folder on another one",
          e);
    } finally {
      Files.delete(probe);
    }
  }
}
