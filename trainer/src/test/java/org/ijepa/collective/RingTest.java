package org.ijepa.collective;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.ijepa.collective.Greeting.Doorway;
import org.ijepa.kernel.FlatTensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RingTest extends CollectiveContract {
  private static final String HOST = "127.0.0.1";
  private static final byte[] SECRET = "correct horse battery staple".getBytes(US_ASCII);

  /** As many processes; the ranks are dealt to them so that some share one. */
  private final List<RingPort> ports = new ArrayList<>();

  @Override
  List<Collective> group(long generation, int size, Duration timeout) throws IOException {
    int processes = size - size / 3;
    while (ports.size() < processes) {
      ports.add(RingPort.open(RingPort.Location.at(HOST), "run", SECRET));
    }
    List<RingPort> places =
        IntStream.range(0, size).mapToObj(rank -> ports.get(rank % processes)).toList();
    List<String> endpoints = places.stream().map(RingPort::endpoint).toList();
    return IntStream.range(0, size)
        .mapToObj(rank -> places.get(rank).join(generation, rank, endpoints, timeout))
        .toList();
  }

  @AfterEach
  void closePorts() {
    ports.forEach(RingPort::close);
  }

  private Collective join(int port, long generation, int rank) {
    return ports
        .get(port)
        .join(
            generation,
            rank,
            List.of(ports.get(0).endpoint(), ports.get(1).endpoint()),
            Duration.ofMillis(500));
  }

  @Test
  void shouldNeverMixGenerations() throws Exception {
    ports.add(RingPort.open(RingPort.Location.at(HOST), "run", SECRET));
    ports.add(RingPort.open(RingPort.Location.at(HOST), "run", SECRET));
    List<Collective> mixed = List.of(join(0, 1, 0), join(1, 2, 1));

    allFailed(onRanks(2, rank -> mixed.get(rank).allReduceSum(tensor(10, rank))));
  }

  /** As behind published ports: others come to a port of which the process knows nothing. */
  @Test
  void shouldBeFoundWhereItSaysAndListenElsewhere() throws Exception {
    ports.add(RingPort.open(RingPort.Location.at(HOST), "run", SECRET));
    // Nobody else listens on that address.
    String host = "127.0.0.77";
    int own;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName(host))) {
      own = free.getLocalPort();
    }
    ports.add(
        RingPort.open(new RingPort.Location("far.example", 29_400, host, own), "run", SECRET));
    assertThat(ports.get(1).endpoint()).isEqualTo("far.example:29400");
    List<String> endpoints = List.of(ports.get(0).endpoint(), host + ":" + own);
    List<Collective> ring =
        IntStream.range(0, 2)
            .mapToObj(rank -> ports.get(rank).join(1, rank, endpoints, Duration.ofSeconds(10)))
            .toList();

    done(onRanks(2, rank -> ring.get(rank).allReduceSum(tensor(10, rank))));
  }

  @Test
  void shouldNotTakePartInAnotherRun() throws Exception {
    ports.add(RingPort.open(RingPort.Location.at(HOST), "run", SECRET));
    ports.add(RingPort.open(RingPort.Location.at(HOST), "another run", SECRET));
    List<Collective> mixed = List.of(join(0, 1, 0), join(1, 1, 1));

    allFailed(onRanks(2, rank -> mixed.get(rank).allReduceSum(tensor(10, rank))));
  }

  @Test
  void shouldNotTakePartWithoutTheSecret() throws Exception {
    ports.add(RingPort.open(RingPort.Location.at(HOST), "run", SECRET));
    ports.add(RingPort.open(RingPort.Location.at(HOST), "run", new byte[0]));
    List<Collective> mixed = List.of(join(0, 1, 0), join(1, 1, 1));

    allFailed(onRanks(2, rank -> mixed.get(rank).allReduceSum(tensor(10, rank))));
  }

  @Test
  void shouldNotTakeWordsThatWereOverheard() throws Exception {
    byte[] key = Greeting.key("run", SECRET);
    Greeting place = new Greeting(1, 2, 0, 1);
    Doorway first = new Doorway(key);
    ByteArrayOutputStream asked = new ByteArrayOutputStream();
    assertThatThrownBy(() -> first.read(input(new byte[0]), new DataOutputStream(asked)))
        .isInstanceOf(EOFException.class);
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    // It goes away before it is answered.
    assertThatThrownBy(
            () -> place.introduce(input(asked.toByteArray()), new DataOutputStream(answer), key))
        .hasMessageContaining("takes no part in generation 1");

    assertThatThrownBy(
            () -> new Doorway(key).read(input(answer.toByteArray()), new DataOutputStream(asked)))
        .hasMessageContaining("another run, or of another secret");
  }

  private static DataInputStream input(byte[] bytes) {
    return new DataInputStream(new ByteArrayInputStream(bytes));
  }

  @Test
  void shouldFailAtOnceWhenAProcessIsGone() throws Exception {
    List<Collective> group = group(1, 2, LONG);
    ports.get(1).close();
    Future<Object> alone = onRanks(1, rank -> group.get(0).allReduceSum(tensor(10, 0))).get(0);

    assertThat(failure(alone))
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("rank 1");
  }

  /** A ring of three whose second process cannot be connected to. */
  private List<Future<Object>> withoutTheSecond(Duration timeout) throws Exception {
    List<Collective> group = group(1, 3, timeout);
    return onRanks(3, rank -> group.get(rank).allReduceSum(tensor(10, rank)));
  }

  private static Suspect suspect(Future<Object> future) throws Exception {
    return ((CollectiveException) failure(future)).suspect().orElseThrow();
  }

  @Test
  void shouldNameTheRankThatRefusesToBeConnectedTo() throws Exception {
    group(1, 2, LONG);
    ports.get(1).close();
    Future<Object> alone = withoutTheSecond(LONG).get(0);

    assertThat(suspect(alone)).isEqualTo(new Suspect(1, Symptom.UNREACHABLE));
    assertThat(failure(alone))
        .hasMessageContaining("rank 0 cannot reach rank 1 at " + ports.get(1).endpoint() + ": ");
  }

  /** As a firewall does it, or a link on which nothing comes through. */
  @Test
  void shouldNameTheRankThatNeverAnswersBeforeOthersNameTheOneThatTries() throws Exception {
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      group(1, 3, LONG);
      Duration timeout = Duration.ofSeconds(8);
      List<String> endpoints =
          List.of(
              ports.get(0).endpoint(), HOST + ":" + deaf.getLocalPort(), ports.get(1).endpoint());
      Collective tries = ports.get(0).join(2, 0, endpoints, timeout);
      Collective waits = ports.get(1).join(2, 2, endpoints, timeout);
      List<Future<Object>> futures =
          onRanks(2, rank -> (rank == 0 ? tries : waits).allReduceSum(tensor(10, rank)));

      assertThat(suspect(futures.get(0))).isEqualTo(new Suspect(1, Symptom.UNREACHABLE));
      assertThat(suspect(futures.get(1)).symptom()).isEqualTo(Symptom.GONE);
    }
  }

  @Test
  void shouldNameTheRankThatIsNotThereInTime() throws Exception {
    List<Collective> group = group(1, 2, Duration.ofSeconds(3));
    Future<Object> alone = onRanks(1, rank -> group.get(0).allReduceSum(tensor(10, 0))).get(0);

    assertThat(suspect(alone)).isEqualTo(new Suspect(1, Symptom.SILENT));
  }

  /** It may have given up because of another one. */
  @Test
  void shouldSayOfARankThatAbortedNoMoreThanThatItIsGone() throws Exception {
    List<Collective> group = group(1, 3, LONG);
    done(onRanks(3, rank -> group.get(rank).allReduceSum(tensor(10, rank))));
    List<Future<Object>> futures =
        onRanks(2, rank -> group.get(rank).allReduceSum(tensor(10, rank)));
    group.get(2).abort();

    assertThat(suspect(futures.get(0)).symptom()).isEqualTo(Symptom.GONE);
    assertThat(suspect(futures.get(1)).symptom()).isEqualTo(Symptom.GONE);
  }

  /** It has left the generation, and says so to those that come later. */
  @Test
  void shouldNotTakeARankThatDeclinesForOneThatCannotBeReached() throws Exception {
    List<Collective> group = group(1, 2, LONG);
    group.get(1).abort();
    Future<Object> late = onRanks(1, rank -> group.get(0).allReduceSum(tensor(10, 0))).get(0);

    assertThat(suspect(late)).isEqualTo(new Suspect(1, Symptom.GONE));
  }

  /** What a process does in the middle of a chunk. */
  private enum Fate {
    /** Its system closes its connections. */
    KILLED(LONG),
    /** Its machine forgets them. */
    RESET(LONG),
    /** It stands still. */
    HANGS(MEDIUM);

    private final Duration timeout;

    Fate(Duration timeout) {
      this.timeout = timeout;
    }
  }

  /** A rank that says half of its first chunk, and then what becomes of it. */
  private final class HalfARank implements AutoCloseable {
    private final SocketChannel in;
    private final SocketChannel out;

    /** Takes its place among three; the ring's other ranks must be about to take theirs. */
    HalfARank(int rank, List<String> endpoints) throws Exception {
      RingPort port = ports.get(rank);
      out = port.channel();
      port.introduce(
          out,
          new Greeting(1, 3, rank, (rank + 1) % 3),
          endpoints.get((rank + 1) % 3),
          (int) LONG.toMillis());
      in =
          port.expect(new Greeting(1, 3, (rank + 2) % 3, rank))
              .get(LONG.toSeconds(), TimeUnit.SECONDS);
    }

    /** Of a sum's first chunk: rank 0 says its own, the last rank the whole sum. */
    void sayHalf(int rank, int elements) throws IOException {
      if (rank == 2) {
        ByteBuffer heard = ByteBuffer.allocate(24 + elements * Float.BYTES);
        while (heard.hasRemaining() && in.read(heard) >= 0) {
          // The other ranks are in the middle of the sum, too.
          Thread.onSpinWait();
        }
      }
      ByteBuffer half =
          ByteBuffer.allocate(24 + elements / 2 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      half.putInt(0, 1).putInt(4, rank == 0 ? 1 : 2).putInt(16, elements);
      while (half.hasRemaining()) {
        out.write(half);
      }
    }

    void meets(Fate fate) throws IOException {
      if (fate == Fate.RESET) {
        in.socket().setSoLinger(true, 0);
        out.socket().setSoLinger(true, 0);
      }
      if (fate != Fate.HANGS) {
        close();
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
      out.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"KILLED, 0", "KILLED, 2", "RESET, 0", "RESET, 2", "HANGS, 0", "HANGS, 2"})
  void shouldFailOnEveryRankInTimeWhenAProcessEndsInsideAChunk(Fate fate, int broken)
      throws Exception {
    for (int i = 0; i < 3; i++) {
      ports.add(RingPort.open(RingPort.Location.at(HOST), "run", SECRET));
    }
    List<String> endpoints = ports.stream().map(RingPort::endpoint).toList();
    List<Integer> whole = IntStream.range(0, 3).filter(r -> r != broken).boxed().toList();
    List<Collective> ring =
        whole.stream().map(r -> ports.get(r).join(1, r, endpoints, fate.timeout)).toList();
    List<FlatTensor> tensors = tensors(200_000, 2);
    long started = System.nanoTime();
    List<Future<Object>> futures = onRanks(2, i -> ring.get(i).allReduceSum(tensors.get(i)));
    try (HalfARank rank = new HalfARank(broken, endpoints)) {
      rank.sayHalf(broken, 1 << 16);
      long ends = System.nanoTime();
      rank.meets(fate);

      allFailed(futures);
      boolean hangs = fate == Fate.HANGS;
      assertEnded(
          hangs ? started + fate.timeout.toNanos() : ends,
          ends + (hangs ? fate.timeout.toNanos() : 0) + MARGIN.toNanos(),
          0,
          1);
      // Of one that hangs its neighbours may hear no sooner than of each other.
      List<Suspect> blamed = List.of(suspect(futures.get(0)), suspect(futures.get(1)));
      if (hangs) {
        assertThat(blamed).extracting(Suspect::symptom).contains(Symptom.SILENT);
      } else {
        assertThat(blamed).contains(new Suspect(broken, Symptom.GONE));
      }
    }
  }

  private Socket stranger() throws IOException {
    int number = Integer.parseInt(ports.get(0).endpoint().substring(HOST.length() + 1));
    return new Socket(InetAddress.getLoopbackAddress(), number);
  }

  /** Whatever it sends and how often. */
  @Test
  void shouldSendAStrangerAwayThatIsNotDoneInTime() throws Exception {
    group(1, 2, LONG);
    long came = System.nanoTime();
    try (Socket slow = stranger()) {
      // Each wait is far shorter than a greeting may take, and all of them far longer.
      slow.setSoTimeout(500);
      assertThat(slow.getInputStream().readNBytes(36)).hasSize(36);
      // What it says first is right.
      byte[] words = {0x49, 0x4A, 0x52, 2};
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 80; i++) {
                  slow.getOutputStream().write(i < words.length ? words[i] : 0);
                  try {
                    if (slow.getInputStream().read() < 0) {
                      throw new EOFException();
                    }
                  } catch (SocketTimeoutException stillThere) {
                    assertThat(slow.isClosed()).isFalse();
                  }
                }
              })
          .isInstanceOf(IOException.class);
    }
    assertThat(System.nanoTime() - came).isLessThan(Duration.ofSeconds(5).plus(MARGIN).toNanos());
  }

  @Test
  void shouldHearTrainersThoughManyStrangersAreSilent() throws Exception {
    List<Collective> group = group(1, 2, LONG);
    List<Socket> strangers = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        Socket silent = stranger();
        silent.getInputStream().readNBytes(36);
        strangers.add(silent);
      }
      // The first has gone for those who came after it.
      strangers.get(0).setSoTimeout((int) LONG.toMillis());
      assertThat(strangers.get(0).getInputStream().read()).isNegative();
      done(onRanks(2, rank -> group.get(rank).allReduceSum(tensor(70_000, rank))));
    } finally {
      for (Socket stranger : strangers) {
        stranger.close();
      }
    }
  }

  @Test
  void shouldIgnoreStrangersOnItsPort() throws Exception {
    List<Collective> group = group(1, 2, LONG);
    List<Socket> strangers = new ArrayList<>();
    for (RingPort port : ports) {
      int number = Integer.parseInt(port.endpoint().substring(HOST.length() + 1));
      Socket silent = new Socket(InetAddress.getLoopbackAddress(), number);
      Socket chatty = new Socket(InetAddress.getLoopbackAddress(), number);
      chatty.getOutputStream().write(new byte[100]);
      strangers.addAll(List.of(silent, chatty));
    }
    done(onRanks(2, rank -> group.get(rank).allReduceSum(tensor(70_000, rank))));
    for (Socket stranger : strangers) {
      stranger.close();
    }
  }
}
