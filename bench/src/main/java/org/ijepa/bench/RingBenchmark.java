package org.ijepa.bench;

import ai.djl.ndarray.NDManager;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.ijepa.collective.Collective;
import org.ijepa.collective.RingPort;
import org.ijepa.collective.TreeSum;
import org.ijepa.kernel.FlatTensor;

/**
 * The ring's all-reduce between ranks of this process, over TCP on the loopback interface, beside a
 * plain copy of as many bytes through as many sockets at once.
 */
public final class RingBenchmark implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final int CHUNK_BYTES = 1 << 18;

  private final int ranks;
  private final long elements;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /**
   * What a round took.
   *
   * @param ring seconds of an all-reduce
   * @param rounded seconds of an all-reduce in bfloat16
   * @param tree seconds of a canonical sum of a term of each rank
   * @param plain seconds of the plain copy of the bytes that an all-reduce moves
   */
  public record Round(double ring, double rounded, double tree, double plain) {
    /** How fast the ring is, beside the plain copy. */
    public double ratio() {
      return plain / ring;
    }

    /** Time of the sum in bfloat16, as a share of that in float32. */
    public double roundedRatio() {
      return rounded / ring;
    }
  }

  /** Buffers of so many floats; 2 ranks or more. */
  public RingBenchmark(int ranks, long elements) {
    this.ranks = ranks;
    this.elements = elements;
  }

  /**
   * Bytes that all links together move in an all-reduce of float32: two passes, each over all but
   * one. In bfloat16 it is half of them.
   */
  public long bytes() {
    return 2L * (ranks - 1) * elements * Float.BYTES;
  }

  /** So many rounds, after one that does not count. */
  public List<Round> run(int rounds) throws Exception {
    List<RingPort> ports = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      for (int rank = 0; rank < ranks; rank++) {
        ports.add(RingPort.open(RingPort.Location.at(HOST), "benchmark", new byte[0]));
      }
      List<String> endpoints = ports.stream().map(RingPort::endpoint).toList();
      List<Collective> group =
          IntStream.range(0, ranks)
              .mapToObj(rank -> ports.get(rank).join(1, rank, endpoints, TIMEOUT))
              .toList();
      List<FlatTensor> tensors =
          IntStream.range(0, ranks).mapToObj(rank -> FlatTensor.zeros(manager, elements)).toList();
      List<TreeSum> trees =
          IntStream.range(0, ranks).mapToObj(rank -> new TreeSum(manager, elements)).toList();
      List<Round> found = new ArrayList<>();
      for (int round = 0; round <= rounds; round++) {
        double ring =
            seconds(
                rank -> {
                  group.get(rank).allReduceSum(tensors.get(rank));
                  return rank;
                });
        double rounded =
            seconds(
                rank -> {
                  group.get(rank).allReduceSum(tensors.get(rank), elements);
                  return rank;
                });
        double tree =
            seconds(
                rank -> {
                  trees.get(rank).begin();
                  trees.get(rank).add(rank, tensors.get(rank));
                  long[] bounds = IntStream.rangeClosed(0, ranks).asLongStream().toArray();
                  trees.get(rank).reduce(group.get(rank), bounds, tensors.get(rank));
                  return rank;
                });
        found.add(new Round(ring, rounded, tree, plain()));
      }
      return List.copyOf(found.subList(1, found.size()));
    } finally {
      ports.forEach(RingPort::close);
    }
  }

  private interface Work {
    Integer on(int rank) throws Exception;
  }

  private double seconds(Work work) throws InterruptedException, ExecutionException {
    List<Callable<Integer>> all = new ArrayList<>();
    for (int i = 0; i < ranks; i++) {
      int rank = i;
      all.add(() -> work.on(rank));
    }
    long began = System.nanoTime();
    for (Future<Integer> done : threads.invokeAll(all)) {
      done.get();
    }
    return (System.nanoTime() - began) * 1e-9;
  }

  private double plain() throws IOException, InterruptedException, ExecutionException {
    List<SocketChannel> open = new ArrayList<>();
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      List<SocketChannel> from = new ArrayList<>();
      List<SocketChannel> to = new ArrayList<>();
      for (int i = 0; i < ranks; i++) {
        from.add(SocketChannel.open(server.getLocalAddress()));
        to.add(server.accept());
      }
      open.addAll(from);
      open.addAll(to);
      long each = bytes() / ranks;
      return seconds(
          rank -> {
            Future<Integer> sent = threads.submit(() -> send(from.get(rank), each));
            receive(to.get(rank), each);
            return sent.get();
          });
    } finally {
      for (SocketChannel channel : open) {
        channel.close();
      }
    }
  }

  private static int send(SocketChannel channel, long bytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    for (long left = bytes; left > 0; ) {
      chunk.clear().limit((int) Math.min(left, CHUNK_BYTES));
      left -= channel.write(chunk);
    }
    return 0;
  }

  private static void receive(SocketChannel channel, long bytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    for (long left = bytes; left > 0; ) {
      chunk.clear().limit((int) Math.min(left, CHUNK_BYTES));
      int read = channel.read(chunk);
      if (read < 0) {
        throw new EOFException("a socket of this process was closed");
      }
      left -= read;
    }
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
