package org.ijepa.random;

/**
 * Philox 4x32 with 10 rounds: a keyed bijection of 128-bit blocks (Salmon et al., "Parallel Random
 * Numbers: As Easy as 1, 2, 3", SC 2011).
 */
final class Philox {
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final long LOW_WORD = 0xFFFFFFFFL;

  private Philox() {}

  /** Replaces the four words of {@code block}, first word least significant, by their image. */
  static void encrypt(int[] block, int key0, int key1) {
    int word0 = block[0];
    int word1 = block[1];
    int word2 = block[2];
    int word3 = block[3];
    int round0 = key0;
    int round1 = key1;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (word0 & LOW_WORD);
      long product1 = MULTIPLIER_1 * (word2 & LOW_WORD);
      word0 = (int) (product1 >>> 32) ^ word1 ^ round0;
      word1 = (int) product1;
      word2 = (int) (product0 >>> 32) ^ word3 ^ round1;
      word3 = (int) product0;
      round0 += WEYL_0;
      round1 += WEYL_1;
    }
    block[0] = word0;
    block[1] = word1;
    block[2] = word2;
    block[3] = word3;
  }
}
