package org.ijepa.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.ijepa.kernel.Kernels.Operators;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParityReplayTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @ParameterizedTest
  @CsvSource({
    "plain, 0, 1",
    "plain, 1, 1",
    "plain, 2, 2",
    "plain, 3, 3",
    "plain, 6, 1",
    "plain, 1, 3",
    "groups, 0, 1",
    "groups, 1, 2",
    "groups, 2, 1",
    "groups, 4, 2",
    "groups, 2, 3"
  })
  void shouldMeetTheRecordForEveryMicroBatchAndNumberOfTrainers(
      String name, int microBatch, int trainers) throws IOException {
    ParityReport report = ParityReplay.run(GOLDEN.resolve(name), microBatch, trainers, 1);

    assertThat(report.passed()).as(report.text()).isTrue();
    assertThat(report.checks()).hasSize(10);
  }

  @ParameterizedTest
  @CsvSource({"plain, OF_CPU", "plain, OF_GPU", "groups, OF_GPU"})
  void shouldMeetTheRecordWithTheOperatorsOfEitherDevice(String name, Operators operators)
      throws IOException {
    ParityReport report = ParityReplay.run(GOLDEN.resolve(name), 0, 1, 1, operators);

    assertThat(report.passed()).as(report.text()).isTrue();
  }

  @Test
  void shouldRefuseMicroBatchThatDoesNotDivideTheGroup() {
    assertThatThrownBy(() -> ParityReplay.run(GOLDEN.resolve("plain"), 4, 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("micro-batch 4 does not divide the recorded group of 6 images");
  }

  @Test
  void shouldNameFolderWithoutCase() {
    assertThatThrownBy(() -> ParityReplay.run(Path.of("src/test"), 0, 1, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no recorded case");
  }
}
