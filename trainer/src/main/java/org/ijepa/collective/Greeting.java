package org.ijepa.collective;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.ijepa.digest.Sha256;

/**
 * First words on a connection of a ring: which place of which generation of which run it is for.
 * What is for another is never taken into use, so that two generations cannot mix.
 *
 * <p>Who accepts sends a number that it never used before; who connects answers with the place, a
 * number of its own, and a proof over all of them that only who knows the run and its secret can
 * make; who accepts answers with its own proof. Neither says anything that could be said again by
 * somebody else.
 */
record Greeting(long generation, int size, int from, int to) {
  /** "IJR" and the version of what follows. */
  private static final int MAGIC = 0x494A5202;

  private static final int NONCE_BYTES = 32;
  private static final String HMAC = "HmacSHA256";
  private static final byte CONNECTS = 1;
  private static final byte ACCEPTS = 2;
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * What only the run's trainers can know.
   *
   * @param run what they have in common
   * @param secret of the cluster; may be empty
   */
  static byte[] key(String run, byte[] secret) {
    MessageDigest digest = Sha256.begin();
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(secret.length).flip());
    digest.update(secret);
    return digest.digest(run.getBytes(StandardCharsets.UTF_8));
  }

  /** Somebody of the run is there, and takes no part in what it is greeted for. */
  static final class Declined extends IOException {
    private static final long serialVersionUID = 1L;

    Declined(String message) {
      super(message);
    }
  }

  /** The end that connects; throws unless the other one knows the key and takes it in. */
  void introduce(DataInputStream in, DataOutputStream out, byte[] key) throws IOException {
    byte[] theirs = nonce(in);
    byte[] own = nonce();
    ByteBuffer words = ByteBuffer.allocate(Integer.BYTES + Long.BYTES + 3 * Integer.BYTES);
    words.putInt(MAGIC).putLong(generation).putInt(size).putInt(from).putInt(to);
    out.write(words.array());
    out.write(own);
    out.write(proof(key, CONNECTS, theirs, own));
    out.flush();
    byte[] proof = in.readNBytes(NONCE_BYTES);
    if (proof.length == 0) {
      throw new Declined(
          "it takes no part in generation " + generation + ", or knows another cluster secret");
    }
    if (!MessageDigest.isEqual(proof, proof(key, ACCEPTS, theirs, own))) {
      throw new IOException("it does not know the cluster's secret");
    }
  }

  /** The end that accepts, before {@link #welcome}. */
  static final class Doorway {
    private final byte[] key;
    private final byte[] own = nonce();
    private byte[] theirs;
    private Greeting greeting;

    Doorway(byte[] key) {
      this.key = key.clone();
    }

    /** Reads who comes; throws unless it knows the key. */
    Greeting read(DataInputStream in, DataOutputStream out) throws IOException {
      out.writeInt(MAGIC);
      out.write(own);
      out.flush();
      if (in.readInt() != MAGIC) {
        throw new IOException("not a trainer of this version");
      }
      greeting = new Greeting(in.readLong(), in.readInt(), in.readInt(), in.readInt());
      theirs = new byte[NONCE_BYTES];
      in.readFully(theirs);
      byte[] proof = new byte[NONCE_BYTES];
      in.readFully(proof);
      if (!MessageDigest.isEqual(proof, greeting.proof(key, CONNECTS, own, theirs))) {
        throw new IOException("a trainer of another run, or of another secret");
      }
      return greeting;
    }

    /** Lets it in. */
    void welcome(DataOutputStream out) throws IOException {
      out.write(greeting.proof(key, ACCEPTS, own, theirs));
      out.flush();
    }
  }

  private static byte[] nonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    return nonce;
  }

  private static byte[] nonce(DataInputStream in) throws IOException {
    if (in.readInt() != MAGIC) {
      throw new IOException("not a trainer of this version");
    }
    byte[] nonce = new byte[NONCE_BYTES];
    in.readFully(nonce);
    return nonce;
  }

  private byte[] proof(byte[] key, byte end, byte[] accepts, byte[] connects) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      mac.update(end);
      mac.update(accepts);
      mac.update(connects);
      ByteBuffer place = ByteBuffer.allocate(Long.BYTES + 3 * Integer.BYTES);
      mac.update(place.putLong(generation).putInt(size).putInt(from).putInt(to).flip());
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + HMAC, e);
    }
  }
}
