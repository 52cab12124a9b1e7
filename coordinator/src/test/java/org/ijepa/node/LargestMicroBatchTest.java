package org.ijepa.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.node.LargestMicroBatch.Estimate;
import org.junit.jupiter.api.Test;

class LargestMicroBatchTest {
  private static final Estimate NONE = new Estimate(0, 1, Double.MAX_VALUE, false);

  private final List<Integer> tried = new ArrayList<>();
  private final List<String> log = new ArrayList<>();

  private LargestMicroBatch.Trial device(int most) {
    return images -> {
      tried.add(images);
      if (images > most) {
        throw new EngineException(SmallDevice.MESSAGE);
      }
    };
  }

  private int find(int group, Estimate estimate, LargestMicroBatch.Trial trial) {
    return new LargestMicroBatch(group, estimate, trial, log::add).find(group);
  }

  @Test
  void shouldTakeTheNextSmallerDivisorWhileStepsFailAndNameEachFailure() {
    assertThat(find(24, NONE, device(7))).isEqualTo(6);
    assertThat(tried).containsExactly(24, 12, 8, 6);
    assertThat(log)
        .hasSize(3)
        .first()
        .isEqualTo(
            "a step of 24 images does not fit: RuntimeError: CUDA out of memory. Tried to allocate"
                + " 2.00 GiB. GPU 0 has little of it.");
  }

  @Test
  void shouldBeginWhereTheEstimateSaysAndGoOnWhileStepsFit() {
    assertThat(find(24, new Estimate(100, 10, 169, false), device(8))).isEqualTo(8);
    assertThat(tried).containsExactly(6, 8, 12);
  }

  @Test
  void shouldTryOneImageWhereTheEstimateAllowsNone() {
    assertThat(find(24, new Estimate(100, 10, 50, false), device(2))).isEqualTo(2);
    assertThat(tried).containsExactly(1, 2, 3);
  }

  /** Whatever was estimated. */
  @Property
  void shouldFindTheLargestDivisorThatFits(
      @ForAll @IntRange(min = 1, max = 300) int group,
      @ForAll @IntRange(min = 1, max = 300) int most,
      @ForAll @IntRange(min = 0, max = 400) int estimated) {
    int largest =
        IntStream.rangeClosed(1, Math.min(group, most))
            .filter(images -> group % images == 0)
            .max()
            .orElseThrow();
    Estimate estimate = new Estimate(0, 1, estimated, false);
    assertThat(find(group, estimate, device(most))).isEqualTo(largest);
    tried.clear();
    log.clear();
  }

  @Test
  void shouldNeverTryWhatASystemThatPromisesTooMuchWouldDieOf() {
    assertThat(find(24, new Estimate(100, 10, 169, true), device(24))).isEqualTo(6);
    assertThat(tried).containsExactly(6);
    assertThat(log).singleElement().asString().startsWith("a step of 8 images is estimated at");
  }

  @Test
  void shouldTakeWhatIsShortInTheProcessAsWell() {
    assertThat(
            find(
                4,
                NONE,
                images -> {
                  if (images > 1) {
                    throw new OutOfMemoryError("Cannot reserve 1 bytes of direct buffer memory");
                  }
                }))
        .isEqualTo(1);
    assertThat(log).hasSize(2).last().asString().contains("2 images", "direct buffer memory");
  }

  @Test
  void shouldNotTakeAnotherFailureForALackOfMemory() {
    assertThatThrownBy(
            () ->
                find(
                    4,
                    NONE,
                    images -> {
                      throw new EngineException("CUDA error: an illegal memory access");
                    }))
        .isInstanceOf(EngineException.class);
  }

  @Test
  void shouldSayWhatToDoWhereNotEvenOneImageFits() {
    assertThatThrownBy(() -> find(4, NONE, device(0)))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE);
              assertThat(failure.line())
                  .contains("not even one image fits", "CUDA out of memory")
                  .contains("optimization.activation-checkpointing = true");
            });
    tried.clear();
    assertThatThrownBy(() -> find(4, new Estimate(100, 10, 50, true), device(4)))
        .hasMessageContaining("a step of 1 images is estimated");
    assertThat(tried).isEmpty();
  }
}
