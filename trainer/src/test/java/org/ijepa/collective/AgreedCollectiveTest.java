package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.ijepa.collective.AgreedCollective.Offer;
import org.ijepa.failure.ExitCode;
import org.ijepa.failure.Failure;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups of two in memory whose ranks bring NCCL's double along, or not. */
class AgreedCollectiveTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir static Path folder;
  private static NcclDouble library;
  private static Offer has;
  private static Offer needs;

  private final List<String> notes = new ArrayList<>();
  private List<Collective> group;

  @BeforeAll
  static void load() throws Exception {
    Kernels.prepareThread(1);
    library = NcclDouble.build(folder);
    Nccl nccl = library.load();
    has = new Offer(Optional.of(nccl), false);
    needs = new Offer(Optional.of(nccl), true);
  }

  @AfterEach
  void giveUpAll() {
    group.forEach(Collective::close);
    await().atMost(LIMIT).until(() -> library.open() == 0);
  }

  private void form(Offer first, Offer second) {
    LocalGroup base = new LocalGroup(2, LIMIT);
    List<Place> places = List.of(new Place("a-0", "h:1"), new Place("b-0", "h:2"));
    group =
        List.of(
            new AgreedCollective(base.join(0), first, LIMIT, places, notes::add),
            new AgreedCollective(base.join(1), second, LIMIT, places, notes::add));
  }

  /** The sum of 1 and 2. */
  private float sum() {
    CompletableFuture<Float> other = CompletableFuture.supplyAsync(() -> sum(1));
    float sum = sum(0);
    assertThat(other.join()).isEqualTo(sum);
    return sum;
  }

  private float sum(int rank) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        FlatTensor tensor = FlatTensor.zeros(manager, 1)) {
      tensor.set(0, rank + 1);
      group.get(rank).allReduceSum(tensor);
      return tensor.get(0);
    } catch (CollectiveException e) {
      throw new CompletionException(e);
    }
  }

  @Test
  void shouldTakeNcclWhereAllHaveIt() {
    form(has, needs);
    assertThat(sum()).isEqualTo(3);
    assertThat(library.open()).isEqualTo(2);
    assertThat(notes).containsExactly("2 trainers sum gradients with NCCL 2.27.3");
  }

  @Test
  void shouldDoWithoutAndSaySoWhereOneHasNone() {
    form(has, Offer.NONE);
    assertThat(sum()).isEqualTo(3);
    assertThat(library.open()).isZero();
    assertThat(notes)
        .containsExactly(
            "2 trainers sum gradients without NCCL: a-0 has NCCL 2.27.3, b-0 has none");
  }

  @Test
  void shouldSayNothingWhereNobodyHasIt() {
    form(Offer.NONE, Offer.NONE);
    assertThat(sum()).isEqualTo(3);
    assertThat(notes).isEmpty();
  }

  @Test
  void shouldFailOnAllRanksWhereOneTakesNothingElse() {
    form(Offer.NONE, needs);
    CompletableFuture<Float> other = CompletableFuture.supplyAsync(() -> sum(1));
    assertThatThrownBy(() -> sum(0))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.WRONG_USAGE))
        .hasMessage("cluster.collective = nccl, but a-0 has none, b-0 has NCCL 2.27.3");
    assertThatThrownBy(other::join).hasCauseInstanceOf(Failure.class);
  }

  @Test
  void shouldEndWithItsBaseWhenAborted() {
    form(has, has);
    assertThat(sum()).isEqualTo(3);
    group.get(1).abort();
    assertThatThrownBy(() -> group.get(0).check()).hasMessageContaining("rank 1 aborted");
    assertThatThrownBy(() -> sum(0)).hasCauseInstanceOf(CollectiveException.class);
  }
}
