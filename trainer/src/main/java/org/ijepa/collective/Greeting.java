package org.ijepa.collective;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.ijepa.digest.Sha256;

/**
 * First words on a connection of a ring: which place of which generation of which run it is for.
 * What is for another is never taken into use, so that two generations cannot mix.
 */
record Greeting(long generation, int size, int from, int to) {
  /** "IJR" and the version of what follows. */
  private static final int MAGIC = 0x494A5201;

  static final int WELCOME = 1;

  /** A run by its digest: what is said on the wire tells nothing else of it. */
  static byte[] digest(String run) {
    return Sha256.begin().digest(run.getBytes(StandardCharsets.UTF_8));
  }

  void write(DataOutputStream out, byte[] run) throws IOException {
    out.writeInt(MAGIC);
    out.write(run);
    out.writeLong(generation);
    out.writeInt(size);
    out.writeInt(from);
    out.writeInt(to);
    out.flush();
  }

  /** Reads what a connection begins with; throws unless it is of this run. */
  static Greeting read(DataInputStream in, byte[] run) throws IOException {
    if (in.readInt() != MAGIC) {
      throw new IOException("not a trainer of this version");
    }
    byte[] its = new byte[run.length];
    in.readFully(its);
    if (!MessageDigest.isEqual(its, run)) {
      throw new IOException("a trainer of another run");
    }
    return new Greeting(in.readLong(), in.readInt(), in.readInt(), in.readInt());
  }
}
