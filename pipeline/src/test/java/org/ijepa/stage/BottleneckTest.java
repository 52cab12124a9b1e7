package org.ijepa.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.ijepa.stage.Bottleneck.Limit;
import org.ijepa.store.Hedges;
import org.junit.jupiter.api.Test;

class BottleneckTest {
  private static final int CORES = 8;

  /** Ten seconds of a stage that worked and waited for these shares of the time. */
  private static StageCounts stage(int slots, double busy, double upstream) {
    double all = 10.0 * slots;
    return new StageCounts(
        slots, 100, 100, busy * all, upstream * all, (1 - busy - upstream) * all);
  }

  private static PipelineCounts counts(
      double plan, double fetch, double decode, double trainerWaits) {
    return new PipelineCounts(
        stage(1, plan, 0),
        stage(16, fetch, 0),
        stage(2, decode, 1 - decode),
        stage(4, 0, 1),
        stage(1, 1 - trainerWaits, trainerWaits),
        StageCounts.NONE,
        StageCounts.NONE,
        new Hedges(1000, 7, 5, 3));
  }

  @Test
  void shouldLeaveThePipelineAloneWhereTheTrainersAreBusy() {
    Bottleneck found = Bottleneck.of(counts(0.1, 0.2, 0.9, 0.02), CORES);
    assertThat(found.limit()).isEqualTo(Limit.TRAINERS);
    assertThat(found.text())
        .isEqualTo(
            "the trainers limit, they wait for input 2 % of the time; nothing to do in the"
                + " pipeline");
  }

  @Test
  void shouldRaiseDecodingToWhatWouldBeEnough() {
    Bottleneck found = Bottleneck.of(counts(0.1, 0.2, 0.97, 0.5), CORES);
    assertThat(found.limit()).isEqualTo(Limit.DECODE);
    assertThat(found.text())
        .isEqualTo(
            "decode limits: the trainers wait for input 50 % of the time; raise"
                + " pipeline.decode.parallelism from 2 to 4");
  }

  @Test
  void shouldNotAskForMoreDecodersThanCores() {
    assertThat(Bottleneck.of(counts(0.1, 0.2, 0.97, 0.9), 3).text()).endsWith("from 2 to 3");
    assertThat(Bottleneck.of(counts(0.1, 0.2, 0.97, 0.9), 2).text())
        .contains("2 images at a time on 2 cores")
        .contains("start nodes with cluster.roles = [pipeline]");
  }

  @Test
  void shouldSayHowMuchIsDecodedElsewhere() {
    PipelineCounts own = counts(0.1, 0.2, 0.97, 0.9);
    PipelineCounts shared =
        new PipelineCounts(
            own.plan(),
            own.fetch(),
            own.decode(),
            own.batch(),
            own.trainer(),
            new StageCounts(0, 320, 300, 1, 0, 0),
            own.memory(),
            own.hedges());
    assertThat(Bottleneck.of(shared, 2).text())
        .contains("start more nodes with cluster.roles = [pipeline], which bring 75 % of them now");
  }

  @Test
  void shouldRaiseFetching() {
    Bottleneck found = Bottleneck.of(counts(0.1, 0.95, 0.3, 0.3), CORES);
    assertThat(found.limit()).isEqualTo(Limit.FETCH);
    assertThat(found.text())
        .contains("raise pipeline.fetch.parallelism from 16 to 32")
        .contains("data.cache.limit");
  }

  @Test
  void shouldNotRaiseFetchingWithoutEnd() {
    PipelineCounts many =
        new PipelineCounts(
            stage(1, 0, 0),
            stage(256, 1, 0),
            stage(2, 0, 1),
            stage(4, 0, 1),
            stage(1, 0.1, 0.9),
            StageCounts.NONE,
            StageCounts.NONE,
            Hedges.NONE);
    assertThat(Bottleneck.of(many, CORES).text())
        .contains("256 reads at a time")
        .doesNotContain("raise");
  }

  /** Of 16 fetches, so many wait for room all the time. */
  private static PipelineCounts crowded(PipelineCounts own, double waiting) {
    return new PipelineCounts(
        own.plan(),
        own.fetch(),
        own.decode(),
        own.batch(),
        own.trainer(),
        own.elsewhere(),
        new StageCounts(0, 100, 100, 10 * waiting, 0, 0),
        own.hedges());
  }

  @Test
  void shouldMakeRoomForFilesThatWaitForMemory() {
    for (PipelineCounts own : List.of(counts(0.1, 0.2, 0.5, 0.4), counts(0.1, 0.6, 0.1, 0.4))) {
      Bottleneck found = Bottleneck.of(crowded(own, 12), CORES);
      assertThat(found.limit()).isEqualTo(Limit.MEMORY);
      assertThat(found.text())
          .isEqualTo(
              "memory for files limits: the trainers wait for input 40 % of the time, and 75 % of"
                  + " what may be read at a time waits for room; raise pipeline.fetch.bytes to"
                  + " twice what it is, and the heap with it (IJEPA_JAVA_OPTS=-Xmx...)");
    }
  }

  /** Their files are what fills the memory. */
  @Test
  void shouldNameBusyDecodersWhereFilesWaitForMemory() {
    Bottleneck found = Bottleneck.of(crowded(counts(0.1, 0.2, 0.97, 0.4), 12), CORES);
    assertThat(found.limit()).isEqualTo(Limit.DECODE);
  }

  @Test
  void shouldNameASlowStoreWhereFewFilesWaitForMemory() {
    Bottleneck found = Bottleneck.of(crowded(counts(0.1, 0.95, 0.3, 0.4), 1), CORES);
    assertThat(found.limit()).isEqualTo(Limit.FETCH);
  }

  @Test
  void shouldNameTheMasksWhereTheyLimit() {
    assertThat(Bottleneck.of(counts(0.95, 0.2, 0.2, 0.6), CORES).limit()).isEqualTo(Limit.MASKS);
  }

  @Test
  void shouldKeepMoreReadyWhereNoStageIsBusyAllTheTime() {
    Bottleneck found = Bottleneck.of(counts(0.1, 0.4, 0.45, 0.2), CORES);
    assertThat(found.limit()).isEqualTo(Limit.BURSTS);
    assertThat(found.text()).endsWith("raise pipeline.prefetch from 4 to 8");
  }

  @Test
  void shouldNotJudgeWithoutCounts() {
    assertThat(Bottleneck.of(PipelineCounts.NONE, CORES).limit()).isEqualTo(Limit.UNKNOWN);
  }

  @Test
  void shouldReadItsNumbersAgain() {
    PipelineCounts counts = crowded(counts(0.1, 0.2, 0.3, 0.4), 5);
    assertThat(PipelineCounts.of(counts.numbers())).isEqualTo(counts);
    assertThat(counts.plus(counts).minus(counts).numbers()).isEqualTo(counts.numbers());
  }
}
