package org.ijepa.store;

import java.util.zip.Checksum;

/**
 * CRC-64/NVME, which S3 keeps with what is uploaded without a checksum: reflected, polynomial
 * 0xAD93D23594C93659, all ones before and after. Takes eight bytes at a time, by a table for each.
 */
final class Crc64Nvme implements Checksum {
  /** The polynomial's bits in the order in which they leave the register. */
  private static final long POLYNOMIAL = Long.reverse(0xAD93D23594C93659L);

  private static final int SLICES = 8;
  private static final int BYTE_VALUES = 256;

  /** What a byte adds that stands so many bytes before the end. */
  private static final long[][] TABLES = tables();

  private long register = -1;

  private static long[][] tables() {
    long[][] tables = new long[SLICES][BYTE_VALUES];
    for (int value = 0; value < BYTE_VALUES; value++) {
      long crc = value;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        crc = (crc & 1) == 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
      }
      tables[0][value] = crc;
    }
    for (int slice = 1; slice < SLICES; slice++) {
      for (int value = 0; value < BYTE_VALUES; value++) {
        long before = tables[slice - 1][value];
        tables[slice][value] = (before >>> Byte.SIZE) ^ tables[0][(int) (before & 0xff)];
      }
    }
    return tables;
  }

  @Override
  public void update(int b) {
    register = (register >>> Byte.SIZE) ^ TABLES[0][(int) (register ^ b) & 0xff];
  }

  @Override
  public void update(byte[] bytes, int offset, int length) {
    int at = offset;
    int end = offset + length;
    for (; end - at >= SLICES; at += SLICES) {
      long next = 0;
      for (int i = 0; i < SLICES; i++) {
        int value = (int) ((register >>> (Byte.SIZE * i)) ^ bytes[at + i]) & 0xff;
        next ^= TABLES[SLICES - 1 - i][value];
      }
      register = next;
    }
    for (; at < end; at++) {
      update(bytes[at]);
    }
  }

  @Override
  public long getValue() {
    return ~register;
  }

  @Override
  public void reset() {
    register = -1;
  }
}
