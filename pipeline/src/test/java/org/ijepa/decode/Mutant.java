package org.ijepa.decode;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.ijepa.random.KeyedRandom;
import org.ijepa.random.RandomKey;

/** An image spoilt in a way that depends on its number alone, so that any one can be made again. */
final class Mutant {
  private static final RandomKey KEY = RandomKey.of(3, "mutant");

  /** Where formats say sizes. */
  private static final int HEADER = 64;

  private static final int[] ODD_NUMBERS = {
    0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, -1
  };
  private static final byte[] JPEG_END = {(byte) 0xff, (byte) 0xd9};

  private Mutant() {}

  /** The mutant of this number: mostly one injury, sometimes several. */
  static byte[] of(List<byte[]> images, int number) {
    KeyedRandom random = KEY.with(number).stream();
    byte[] file = images.get(random.nextInt(images.size())).clone();
    int injuries = 1 + (random.nextInt(4) == 0 ? random.nextInt(4) : 0);
    for (int i = 0; i < injuries && file.length > 0; i++) {
      file = injured(file, images, random);
    }
    // Half of them pass the checks that would keep them from the codecs' inner parts.
    return random.nextInt(2) == 0 ? dressed(file) : file;
  }

  private static byte[] injured(byte[] file, List<byte[]> images, KeyedRandom random) {
    return switch (random.nextInt(9)) {
      case 0 -> flipped(file, file.length, 1 + random.nextInt(16), random);
      case 1 -> flipped(file, Math.min(HEADER, file.length), 1 + random.nextInt(3), random);
      case 2 -> flipped(file, file.length, 1 + file.length / 50, random);
      case 3 -> Arrays.copyOf(file, random.nextInt(file.length));
      case 4 -> without(file, random);
      case 5 -> spliced(file, images.get(random.nextInt(images.size())), random);
      case 6 -> repeated(file, random);
      case 7 -> numbered(file, file.length, random);
      default -> numbered(file, Math.min(HEADER, file.length), random);
    };
  }

  private static byte[] flipped(byte[] file, int within, int count, KeyedRandom random) {
    for (int i = 0; i < count; i++) {
      file[random.nextInt(within)] ^= (byte) (1 + random.nextInt(255));
    }
    return file;
  }

  private static byte[] without(byte[] file, KeyedRandom random) {
    int from = random.nextInt(file.length);
    int to = from + random.nextInt(file.length - from);
    return joined(Arrays.copyOf(file, from), Arrays.copyOfRange(file, to, file.length));
  }

  private static byte[] spliced(byte[] file, byte[] other, KeyedRandom random) {
    return joined(
        Arrays.copyOf(file, random.nextInt(file.length)),
        Arrays.copyOfRange(other, random.nextInt(other.length), other.length));
  }

  private static byte[] repeated(byte[] file, KeyedRandom random) {
    int from = random.nextInt(file.length);
    int to = from + random.nextInt(file.length - from);
    return joined(Arrays.copyOf(file, to), Arrays.copyOfRange(file, from, file.length));
  }

  private static byte[] numbered(byte[] file, int within, KeyedRandom random) {
    int bytes = 1 << random.nextInt(3);
    int number = ODD_NUMBERS[random.nextInt(ODD_NUMBERS.length)];
    boolean little = random.nextInt(2) == 0;
    int at = random.nextInt(within);
    for (int i = 0; i < bytes && at + i < file.length; i++) {
      file[at + i] = (byte) (number >>> (8 * (little ? i : bytes - 1 - i)));
    }
    return file;
  }

  private static byte[] dressed(byte[] file) {
    if (file.length > 2 && file[0] == (byte) 0xff) {
      return joined(file, JPEG_END);
    }
    if (file.length > 8 && file[0] == (byte) 0x89) {
      return withChecksums(file);
    }
    if (file.length > 8 && file[0] == 'R') {
      ByteBuffer sized = ByteBuffer.wrap(file);
      sized.putInt(4, Integer.reverseBytes(file.length - 8));
    }
    return file;
  }

  /** The checksums of a PNG's chunks made right, as far as chunks can be told. */
  private static byte[] withChecksums(byte[] file) {
    ByteBuffer png = ByteBuffer.wrap(file);
    long at = 8;
    while (at + 12 <= file.length) {
      long length = Integer.toUnsignedLong(png.getInt((int) at));
      if (at + 12 + length > file.length) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(file, (int) at + 4, (int) length + 4);
      png.putInt((int) (at + 8 + length), (int) crc.getValue());
      at += 12 + length;
    }
    return file;
  }

  private static byte[] joined(byte[] head, byte[] tail) {
    byte[] joined = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }
}
