package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NcclVotesTest {
  private static final List<String> NAMES = List.of("a-0", "b-0", "b-1");

  private static NcclVotes votes(Integer... versions) {
    return new NcclVotes(List.of(versions), false);
  }

  @Test
  void shouldComeOutOfTheSumOfAllRanksSlots() {
    float[] sum = new float[6];
    int[] versions = {22703, 0, 21903};
    for (int rank = 0; rank < 3; rank++) {
      float[] slots = NcclVotes.slots(rank, 3, versions[rank], rank == 2);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += slots[i];
      }
    }
    assertThat(NcclVotes.of(sum)).isEqualTo(new NcclVotes(List.of(22703, 0, 21903), true));
  }

  @Test
  void shouldTakeNcclOnlyWhereAllHaveTheSame() {
    assertThat(votes(22703, 22703, 22703).isPossible()).isTrue();
    assertThat(votes(22703, 22703, 0).isPossible()).isFalse();
    assertThat(votes(22703, 22703, 21903).isPossible()).isFalse();
    assertThat(votes(0, 0, 0).isPossible()).isFalse();
    assertThat(votes(0, 0, 0).isKnown()).isFalse();
  }

  @Test
  void shouldNameWhoHasWhat() {
    assertThat(votes(22703, 21903, 0).text(NAMES))
        .isEqualTo("a-0 has NCCL 2.27.3, b-0 has NCCL 2.19.3, b-1 has none");
  }

  @Test
  void shouldNotNameAThousandOfThem() {
    NcclVotes many = new NcclVotes(Collections.nCopies(1000, 0), false);
    List<String> names = IntStream.range(0, 1000).mapToObj(i -> "n-" + i).toList();
    assertThat(many.text(names)).endsWith("n-7 has none, and so on");
  }
}
