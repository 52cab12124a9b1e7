package org.ijepa.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.ijepa.feature.FeatureCache.DamagedFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureCacheTest {
  private static final String WHAT = "weights of abc\nimages of def";

  /** Two rows of three blocks of width 2. */
  private static final Features THREE =
      new Features(
          List.of(
              new float[] {1, 2, 3, 4, 5, 6}, new float[] {-1, Float.MIN_VALUE, -0f, 7e30f, 8, 9}),
          List.of(0L, 1L << 40));

  @TempDir Path folder;
  private FeatureCache cache;

  @BeforeEach
  void open() {
    cache = new FeatureCache(folder);
  }

  @Test
  void shouldGiveBackWhatWasWritten() throws Exception {
    Path file = cache.write(WHAT, 3, THREE);
    assertThat(cache.find(WHAT, 3, 3)).contains(file);
    Features read = FeatureCache.read(file, WHAT, 3);
    assertThat(read.rows()).isDeepEqualTo(THREE.rows());
    assertThat(read.samples()).isEqualTo(THREE.samples());
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void shouldTakeTheLastBlocksOfMore() throws Exception {
    Path file = cache.write(WHAT, 3, THREE);
    assertThat(cache.find(WHAT, 1, 6)).contains(file);
    assertThat(FeatureCache.read(file, WHAT, 1).rows())
        .isDeepEqualTo(new float[][] {{5, 6}, {8, 9}});
    assertThat(FeatureCache.read(file, WHAT, 2).rows())
        .isDeepEqualTo(new float[][] {{3, 4, 5, 6}, {-0f, 7e30f, 8, 9}});
  }

  @Test
  void shouldNotFindWhatIsOfFewerBlocksOrOfSomethingElse() throws Exception {
    cache.write(WHAT, 3, THREE);
    assertThat(cache.find(WHAT, 4, 6)).isEmpty();
    assertThat(cache.find(WHAT, 1, 2)).isEmpty();
    assertThat(cache.find(WHAT + ".", 3, 6)).isEmpty();
  }

  @Test
  void shouldKeepSetsWithoutARow() throws Exception {
    Features none = new Features(List.of(), List.of());
    assertThat(FeatureCache.read(cache.write(WHAT, 1, none), WHAT, 1).rows()).isEmpty();
    Features empty = new Features(List.of(new float[0], new float[0]), List.of(3L, 4L));
    Features read = FeatureCache.read(cache.write(WHAT, 4, empty), WHAT, 4);
    assertThat(read.rows()).isDeepEqualTo(new float[2][0]);
    assertThat(read.samples()).containsExactly(3, 4);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4, 8, 12, 40, 44, 48, 60, 75, -1})
  void shouldRefuseAFileWithAByteChanged(int at) throws Exception {
    Path file = cache.write(WHAT, 3, THREE);
    byte[] bytes = Files.readAllBytes(file);
    bytes[at < 0 ? bytes.length + at : at] ^= 64;
    Files.write(file, bytes);
    assertThatThrownBy(() -> FeatureCache.read(file, WHAT, 3))
        .isInstanceOf(DamagedFile.class)
        .hasMessageStartingWith(file.toString());
  }

  @Test
  void shouldRefuseAFileThatIsCutOffAnywhere() throws Exception {
    Path file = cache.write(WHAT, 3, THREE);
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> FeatureCache.read(file, WHAT, 3))
          .as("first %d bytes", length)
          .isInstanceOf(DamagedFile.class);
    }
  }

  @Test
  void shouldRefuseAFileUnderTheNameOfAnother() throws Exception {
    Path file = cache.write(WHAT, 3, THREE);
    assertThatThrownBy(() -> FeatureCache.read(file, "other", 3))
        .isInstanceOf(DamagedFile.class)
        .hasMessageContaining("something else");
  }
}
