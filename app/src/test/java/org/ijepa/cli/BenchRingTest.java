package org.ijepa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.ijepa.cli.Outcome.run;

import org.junit.jupiter.api.Test;

final class BenchRingTest {
  @Test
  void shouldTimeTheRingBesideAPlainCopy() {
    Outcome outcome = run("bench", "ring", "--ranks", "3", "--elements", "70000", "--rounds", "2");

    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .startsWith("3 ranks, 70000 floats: all-reduce ")
        .containsPattern("the ring reaches \\d+ % of it \\(quartiles \\d+ - \\d+\\)")
        .containsPattern("in bfloat16: all-reduce \\d+\\.\\d+ s, \\d+\\.\\d+ GB/s")
        .containsPattern("canonical sum of a term a rank: \\d+\\.\\d+ s");
    assertThat(outcome.code()).isZero();
  }

  @Test
  void shouldRefuseARingOfOne() {
    assertThat(run("bench", "ring", "--ranks", "1").err())
        .contains("--ranks is 1; it must be 2 - 64");
  }
}
