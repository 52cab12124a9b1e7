package org.ijepa.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.ijepa.collective.NcclDouble.Fault;
import org.ijepa.kernel.FlatTensor;
import org.ijepa.kernel.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NCCL by its double, with a ring as control group. */
class NcclCollectiveTest extends CollectiveContract {
  private static final String HOST = "127.0.0.1";
  private static final Duration MOMENT = Duration.ofSeconds(2);

  @TempDir static Path folder;
  private static NcclDouble library;
  private static Nccl nccl;

  private final List<RingPort> ports = new ArrayList<>();
  private final List<Collective> made = new ArrayList<>();

  @BeforeAll
  static void load() throws Exception {
    Kernels.prepareThread(1);
    library = NcclDouble.build(folder);
    nccl = library.load();
  }

  @Override
  List<Collective> group(long generation, int size, Duration timeout) throws IOException {
    while (ports.size() < size) {
      ports.add(RingPort.open(RingPort.Location.at(HOST), "run", new byte[0]));
    }
    List<String> endpoints = ports.subList(0, size).stream().map(RingPort::endpoint).toList();
    List<Collective> group =
        IntStream.range(0, size)
            .mapToObj(
                rank ->
                    (Collective)
                        new NcclCollective(
                            ports.get(rank).join(generation, rank, endpoints, timeout),
                            nccl,
                            timeout,
                            places(size)))
            .toList();
    made.addAll(group);
    return group;
  }

  @AfterEach
  void giveUpAll() {
    library.plant(Fault.NONE);
    made.forEach(Collective::close);
    ports.forEach(RingPort::close);
    awaitNoneOpen();
  }

  private List<Place> places(int size) {
    return IntStream.range(0, size)
        .mapToObj(rank -> new Place("node-" + rank + "-0", ports.get(rank).endpoint()))
        .toList();
  }

  private static Suspect blamed(String detail) {
    return NcclCollective.blamed(
        detail,
        1,
        List.of(
            new Place("a-0", "10.0.0.1:4711"),
            new Place("b-0", "10.0.0.2:4711"),
            new Place("c-0", "10.0.0.21:4711"),
            new Place("c-1", "10.0.0.21:4711")));
  }

  @Test
  void shouldBlameTheHostWhoseAddressNcclNames() {
    assertThat(blamed("socketStartConnect: Connect to 10.0.0.21<41234> failed : timed out"))
        .isEqualTo(new Suspect(2, Symptom.UNREACHABLE));
    assertThat(blamed("10.0.0.1<4> failed").rank()).isZero();
  }

  @Test
  void shouldBlameItsOwnRankWhereNcclNamesNobodyElse() {
    assertThat(blamed("")).isEqualTo(new Suspect(1, Symptom.UNREACHABLE));
    assertThat(blamed("Bind to 10.0.0.2<0> failed").rank()).isEqualTo(1);
    assertThat(blamed("Connect to 110.0.0.1<7> failed").rank()).isEqualTo(1);
    assertThat(blamed("from 10.0.0.1<7> to 10.0.0.21<8>").rank()).isEqualTo(1);
  }

  /** They are given up on threads of their own. */
  private static void awaitNoneOpen() {
    await().atMost(LONG).until(() -> library.open() == 0);
  }

  /** NCCL itself sees no difference. */
  @Test
  @Override
  void shouldFailOnEveryRankWhenSizesDiffer() throws Exception {
    List<Collective> group = group(1, 2, MOMENT);
    allFailed(onRanks(2, rank -> group.get(rank).allReduceSum(tensor(100 + rank, rank))));
  }

  @Test
  void shouldFailOnEveryRankWhenOneHasAnErrorMidway() throws Exception {
    List<Collective> group = group(1, 3, LONG);
    List<FlatTensor> tensors = tensors(10, 3);
    done(onRanks(3, rank -> group.get(rank).allReduceSum(tensors.get(rank))));
    library.plant(Fault.FAILS_LATER);
    List<Future<Object>> futures =
        onRanks(3, rank -> group.get(rank).allReduceSum(tensors.get(rank)));

    assertOneSays(futures, "remote process exited");
  }

  @Test
  void shouldFailOnEveryRankInTimeWhenOneHangsInsideATransfer() throws Exception {
    List<Collective> group = group(1, 3, MEDIUM);
    List<FlatTensor> tensors = tensors(400_000, 3);
    done(onRanks(3, rank -> group.get(rank).broadcast(tensors.get(rank), 0)));
    library.plant(Fault.HANGS_MIDWAY);
    long started = System.nanoTime();
    List<Future<Object>> futures =
        onRanks(3, rank -> group.get(rank).allReduceSum(tensors.get(rank)));

    allFailed(futures);
    assertEnded(started + MEDIUM.toNanos(), started + MEDIUM.toNanos() + MARGIN.toNanos(), 0, 1, 2);
  }

  @Test
  void shouldFailOnEveryRankWhenACallIsRefused() throws Exception {
    List<Collective> group = group(1, 3, LONG);
    List<FlatTensor> tensors = tensors(10, 3);
    done(onRanks(3, rank -> group.get(rank).allReduceSum(tensors.get(rank))));
    library.plant(Fault.FAILS_AT_ONCE);
    List<Future<Object>> futures =
        onRanks(3, rank -> group.get(rank).broadcast(tensors.get(rank), 1));

    assertOneSays(futures, "unhandled system error");
    List<Suspect> blamed = new ArrayList<>();
    for (Future<Object> future : futures) {
      ((CollectiveException) failure(future)).suspect().ifPresent(blamed::add);
    }
    assertThat(blamed).filteredOn(who -> who.symptom() == Symptom.UNREACHABLE).hasSize(1);
  }

  private static void assertOneSays(List<Future<Object>> futures, String text) throws Exception {
    allFailed(futures);
    List<String> messages = new ArrayList<>();
    for (Future<Object> future : futures) {
      messages.add(failure(future).getMessage());
    }
    assertThat(messages).anyMatch(message -> message.contains(text));
  }

  @Test
  void shouldSayWhenNoCommunicatorIsMadeInTime() throws Exception {
    library.plant(Fault.NEVER_MADE);
    List<Collective> group = group(1, 2, MOMENT);
    List<Future<Object>> futures =
        onRanks(2, rank -> group.get(rank).allReduceSum(tensor(10, rank)));

    assertOneSays(futures, "2000 ms for the others in the making of a communicator");
  }

  @Test
  void shouldFailOnEveryRankWhenNoIdIsMade() throws Exception {
    library.plant(Fault.NO_ID);
    List<Collective> group = group(1, 2, LONG);
    List<Future<Object>> futures =
        onRanks(2, rank -> group.get(rank).allReduceSum(tensor(10, rank)));

    assertOneSays(futures, "the making of an id: unhandled system error");
  }

  /** A new group would fail as well: the trainer is to blame, and says so. */
  @Test
  void shouldBlameItselfForWhatOnlyItsOwnGpuCannotDo() throws Exception {
    library.plant(Fault.GPU_TWICE);
    List<Collective> group = group(1, 2, LONG);
    List<Future<Object>> futures =
        onRanks(2, rank -> group.get(rank).allReduceSum(tensor(10, rank)));

    assertThat(List.of(failure(futures.get(0)), failure(futures.get(1))))
        .anySatisfy(
            failure ->
                assertThat(failure)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the making of a communicator: invalid usage"));
  }

  @Test
  void shouldNotTakeAnAbortedSumForComplete() throws Exception {
    List<Collective> group = group(1, 2, LONG);
    List<FlatTensor> tensors = tensors(10, 2);
    done(onRanks(2, rank -> group.get(rank).broadcast(tensors.get(rank), 0)));
    Future<Object> waiting = onRanks(1, rank -> group.get(0).allReduceSum(tensors.get(0))).get(0);
    group.get(0).abort();

    assertThat(failure(waiting)).isInstanceOf(CollectiveException.class);
    assertThat(failure(onRanks(1, rank -> group.get(0).allReduceSum(tensors.get(0))).get(0)))
        .hasMessage("collective of 2 trainers ended: rank 0 aborted");
  }

  @Test
  void shouldGiveUpItsCommunicatorWhenAbortedBetweenCalls() throws Exception {
    List<Collective> group = group(1, 2, LONG);
    List<FlatTensor> tensors = tensors(10, 2);
    done(onRanks(2, rank -> group.get(rank).allReduceSum(tensors.get(rank))));
    assertThat(library.open()).isEqualTo(2);
    group.forEach(Collective::abort);

    awaitNoneOpen();
  }
}
