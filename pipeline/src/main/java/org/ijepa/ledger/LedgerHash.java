package org.ijepa.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.ijepa.digest.Sha256;

/** The hash chain of a ledger, over bytes that do not depend on how its lines are written. */
final class LedgerHash {
  private static final int HASH_BYTES = 32;

  private LedgerHash() {}

  static String of(LedgerHeader header) {
    byte[] fingerprint = header.indexFingerprint().getBytes(StandardCharsets.US_ASCII);
    byte[] tail = header.tail().name().getBytes(StandardCharsets.US_ASCII);
    // Without shards nothing is added, so that ledgers from before there were any go on.
    int shards = header.shards().samples().size();
    int shardBytes = shards == 0 ? 0 : 2 * Integer.BYTES + shards * Long.BYTES;
    ByteBuffer bytes =
        ByteBuffer.allocate(
            5 * Integer.BYTES + 2 * Long.BYTES + fingerprint.length + tail.length + shardBytes);
    bytes.putInt(header.formatVersion());
    bytes.putLong(header.seed());
    bytes.putLong(header.samples());
    bytes.putInt(fingerprint.length).put(fingerprint);
    bytes.putInt(header.globalBatch());
    bytes.putInt(header.streams());
    bytes.putInt(tail.length).put(tail);
    if (shards > 0) {
      bytes.putInt(header.shards().window()).putInt(shards);
      header.shards().samples().forEach(bytes::putLong);
    }
    return digest(bytes);
  }

  static String next(
      String previousHash, long step, boolean skipped, List<Substitute> substitutes, double loss) {
    int entryBytes = 2 * Long.BYTES + 1 + Integer.BYTES + substitutes.size() * 2 * Integer.BYTES;
    ByteBuffer bytes = ByteBuffer.allocate(HASH_BYTES + entryBytes);
    bytes.put(HexFormat.of().parseHex(previousHash));
    bytes.putLong(step);
    bytes.put((byte) (skipped ? 1 : 0));
    // All NaNs count as one: a line of JSON cannot tell them apart.
    bytes.putLong(Double.doubleToLongBits(loss));
    bytes.putInt(substitutes.size());
    for (Substitute substitute : substitutes) {
      bytes.putInt(substitute.slot());
      bytes.putInt(substitute.attempt());
    }
    return digest(bytes);
  }

  private static String digest(ByteBuffer bytes) {
    MessageDigest sha256 = Sha256.begin();
    sha256.update(bytes.flip());
    return Sha256.hex(sha256);
  }
}
