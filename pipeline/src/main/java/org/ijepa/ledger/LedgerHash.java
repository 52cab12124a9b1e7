package org.ijepa.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.ijepa.digest.Sha256;
import org.ijepa.order.Shards;

/** The hash chain of a ledger, over bytes that do not depend on how its lines are written. */
final class LedgerHash {
  private static final int HASH_BYTES = 32;

  private LedgerHash() {}

  static String of(LedgerHeader header) {
    MessageDigest sha256 = Sha256.begin();
    ByteBuffer numbers = ByteBuffer.allocate(Integer.BYTES + 2 * Long.BYTES);
    LedgerHeader.Source first = header.sources().get(0);
    boolean one = header.sources().size() == 1;
    numbers.putInt(header.formatVersion()).putLong(header.seed());
    // No run has a negative number of samples: what follows is a list of sources.
    numbers.putLong(one ? first.share().samples() : -header.sources().size());
    sha256.update(numbers.flip());
    text(sha256, header.indexFingerprint());
    sha256.update(
        ByteBuffer.allocate(2 * Integer.BYTES)
            .putInt(header.globalBatch())
            .putInt(header.streams())
            .flip());
    text(sha256, header.tail().name());
    if (one) {
      // Without shards nothing is added, so that ledgers from before there were any go on.
      if (!first.share().shards().isEmpty()) {
        shards(sha256, first.share().shards());
      }
    } else {
      header.sources().forEach(source -> source(sha256, source));
    }
    return Sha256.hex(sha256);
  }

  private static void source(MessageDigest sha256, LedgerHeader.Source source) {
    sha256.update(
        ByteBuffer.allocate(Integer.BYTES + Long.BYTES)
            .putInt(source.share().perMille())
            .putLong(source.share().samples())
            .flip());
    text(sha256, source.indexFingerprint());
    shards(sha256, source.share().shards());
  }

  private static void shards(MessageDigest sha256, Shards shards) {
    ByteBuffer bytes =
        ByteBuffer.allocate(2 * Integer.BYTES + shards.samples().size() * Long.BYTES)
            .putInt(shards.window())
            .putInt(shards.samples().size());
    shards.samples().forEach(bytes::putLong);
    sha256.update(bytes.flip());
  }

  private static void text(MessageDigest sha256, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    sha256.update(bytes);
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
    MessageDigest sha256 = Sha256.begin();
    sha256.update(bytes.flip());
    return Sha256.hex(sha256);
  }
}
