package org.ijepa.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * What an answer's headers say of the whole object's bytes: the cheapest of S3's checksums, else
 * the MD5 that the ETag is. That of an object uploaded in parts is one of its parts' checksums and
 * says nothing of the bytes, as does an ETag where keys of KMS or of the customer encrypt.
 */
final class StatedChecksum {
  /** Asks Amazon's S3 for the checksums that it keeps. */
  static final String MODE = "x-amz-checksum-mode";

  private static final String PREFIX = "x-amz-checksum-";
  private static final String ENCRYPTION = "x-amz-server-side-encryption";
  private static final Pattern MD5 = Pattern.compile("\"?([0-9a-fA-F]{32})\"?");

  private final Kind kind;
  private final String stated;

  /** By what it costs, the cheapest first. */
  private enum Kind {
    CRC32C {
      @Override
      byte[] of(byte[] bytes) {
        return sum(new CRC32C(), bytes, Integer.BYTES);
      }
    },
    CRC32 {
      @Override
      byte[] of(byte[] bytes) {
        return sum(new CRC32(), bytes, Integer.BYTES);
      }
    },
    CRC64NVME {
      @Override
      byte[] of(byte[] bytes) {
        return sum(new Crc64Nvme(), bytes, Long.BYTES);
      }
    },
    MD5 {
      @Override
      byte[] of(byte[] bytes) {
        return digest("MD5", bytes);
      }
    },
    SHA1 {
      @Override
      byte[] of(byte[] bytes) {
        return digest("SHA-1", bytes);
      }
    },
    SHA256 {
      @Override
      byte[] of(byte[] bytes) {
        return digest("SHA-256", bytes);
      }
    };

    abstract byte[] of(byte[] bytes);

    String header() {
      return PREFIX + name().toLowerCase(Locale.ROOT);
    }

    private static byte[] sum(Checksum checksum, byte[] bytes, int length) {
      checksum.update(bytes, 0, bytes.length);
      byte[] sum = new byte[length];
      for (int i = 0; i < length; i++) {
        sum[i] = (byte) (checksum.getValue() >>> (Byte.SIZE * (length - 1 - i)));
      }
      return sum;
    }

    private static byte[] digest(String algorithm, byte[] bytes) {
      try {
        return MessageDigest.getInstance(algorithm).digest(bytes);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has " + algorithm, e);
      }
    }
  }

  private StatedChecksum(Kind kind, String stated) {
    this.kind = kind;
    this.stated = stated;
  }

  /**
   * The checksum to check by, if there is any.
   *
   * @param headers the value of a header of the answer
   */
  static Optional<StatedChecksum> of(Function<String, Optional<String>> headers) {
    boolean composite =
        headers.apply(PREFIX + "type").filter(type -> type.equals("COMPOSITE")).isPresent();
    for (Kind kind : composite ? List.of(Kind.MD5) : List.of(Kind.values())) {
      Optional<StatedChecksum> found =
          kind == Kind.MD5
              ? ofTag(headers)
              : headers
                  .apply(kind.header())
                  .filter(value -> !value.contains("-"))
                  .map(value -> new StatedChecksum(kind, value));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<StatedChecksum> ofTag(Function<String, Optional<String>> headers) {
    boolean encrypted =
        headers.apply(ENCRYPTION).filter(how -> how.startsWith("aws:kms")).isPresent()
            || headers.apply(ENCRYPTION + "-customer-algorithm").isPresent();
    return encrypted
        ? Optional.empty()
        : headers
            .apply("ETag")
            .map(MD5::matcher)
            .filter(tag -> tag.matches())
            .map(
                tag ->
                    new StatedChecksum(
                        Kind.MD5,
                        Base64.getEncoder().encodeToString(HexFormat.of().parseHex(tag.group(1)))));
  }

  /** The checksum of bytes, of this kind. */
  String sum(byte[] bytes) {
    return new String(Base64.getEncoder().encode(kind.of(bytes)), StandardCharsets.US_ASCII);
  }

  /** Whether it is the one that the server states. */
  boolean matches(String checksum) {
    return stated.equals(checksum);
  }

  /** Its kind, for messages. */
  String name() {
    return kind == Kind.MD5 ? "MD5 (its ETag)" : kind.name();
  }
}
