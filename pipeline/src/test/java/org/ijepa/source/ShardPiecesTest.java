package org.ijepa.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.util.ByteString;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.ijepa.random.RandomKey;
import org.ijepa.store.RetryPolicy;
import org.ijepa.store.S3Access;
import org.ijepa.store.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ShardPiecesTest {
  private static final RetryPolicy ONCE =
      new RetryPolicy(
          Duration.ofMillis(1), Duration.ofMillis(1), Duration.ZERO, Duration.ofSeconds(20));
  private static final int SHARDS = 3;
  private static final int MEMBERS = 16;
  private static final long MEMORY = 64L << 20;
  private static ActorTestKit kit;

  @TempDir Path folder;
  private final AtomicInteger reads = new AtomicInteger();
  private final AtomicLong readBytes = new AtomicLong();

  @BeforeAll
  static void startSystem() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopSystem() {
    kit.shutdownTestKit();
  }

  /** Shards of about 2.5 MiB, whose members begin and end anywhere in a piece. */
  private void writeShards() throws IOException {
    Random random = new Random(4);
    for (int shard = 0; shard < SHARDS; shard++) {
      Tars tars = Tars.gnu();
      for (int i = 0; i < MEMBERS; i++) {
        byte[] bytes = new byte[random.nextInt(320_000)];
        random.nextBytes(bytes);
        tars.with("%02d.jpg".formatted(i), bytes);
      }
      Files.write(folder.resolve("s-%d.tar".formatted(shard)), tars.bytes());
    }
  }

  /** A folder in which a request costs as much as in S3; its range reads are counted. */
  private Store counted(String root) {
    Store store = Store.open(root, S3Access.amazon(), ONCE, kit.system());
    return (Store)
        Proxy.newProxyInstance(
            Store.class.getClassLoader(),
            new Class<?>[] {Store.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("bytesOfARequest")) {
                return 1 << 20;
              }
              if (method.getName().equals("read")) {
                reads.incrementAndGet();
                readBytes.addAndGet(((Number) arguments[arguments.length - 1]).longValue());
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private DataSource open() {
    return DataSource.open(folder.toString(), this::counted, Optional.empty(), kit.system())
        .toCompletableFuture()
        .join();
  }

  private static ByteString fetch(DataSource source, long sample) {
    return source.fetch(sample).toCompletableFuture().join();
  }

  @Test
  void shouldTellBeforehandHowOftenAndHowMuchIsRead() throws IOException {
    writeShards();
    DataSource members = open();
    assertThat(members.reads().listing()).isEqualTo(1);
    assertThat(members.reads().samples()).isEqualTo(SHARDS * MEMBERS);
    assertThat(members.reads().indexRequests()).isEqualTo(reads.get());
    for (DataSource source : List.of(members, members.inPieces(members.size(), 1, MEMORY))) {
      reads.set(0);
      readBytes.set(0);
      for (long i = 0; i < source.size(); i++) {
        fetch(source, i);
      }
      assertThat(source.reads().requests()).isEqualTo(reads.get());
      assertThat(source.reads().bytes()).isEqualTo(readBytes.get());
    }
    assertThat(reads).hasValueLessThan(SHARDS * MEMBERS);
    // Pieces of a shard of which a tenth is used would hold little that is wanted.
    DataSource part = members.part(0.1, RandomKey.of(1, "part")).inPieces(4, 1, MEMORY);
    assertThat(part.isInPieces()).isFalse();
    assertThat(part.reads().requests()).isEqualTo(part.size());
  }

  @Test
  void shouldReadEachPieceOnceForAllMembersInAnyOrder() throws IOException {
    writeShards();
    DataSource plain = open();
    DataSource source = plain.inPieces(plain.size(), 1, MEMORY);
    assertThat(source.isInPieces()).isTrue();
    List<Long> order = new ArrayList<>();
    for (long i = 0; i < plain.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(1));
    reads.set(0);
    List<CompletableFuture<ByteString>> fetched =
        order.stream().map(sample -> source.fetch(sample).toCompletableFuture()).toList();
    CompletableFuture.allOf(fetched.toArray(CompletableFuture[]::new)).join();
    int pieces = 0;
    for (int shard = 0; shard < SHARDS; shard++) {
      long bytes = Files.size(folder.resolve("s-%d.tar".formatted(shard)));
      pieces += (int) ((bytes + ShardPieces.PIECE - 1) / ShardPieces.PIECE);
    }
    // What stands behind the last member of a shard need not be read.
    assertThat(reads.get()).isBetween(pieces - SHARDS, pieces);
    for (int i = 0; i < order.size(); i++) {
      assertThat(fetched.get(i).join()).isEqualTo(fetch(plain, order.get(i)));
    }
  }

  @Test
  void shouldKeepNoMoreThanItsMemory() throws IOException {
    writeShards();
    DataSource plain = open();
    ShardTable shards = plain.index().shards().orElseThrow();
    ShardPieces pieces =
        new ShardPieces(
            plain.store(), shards, shard -> plain.index().version(shards.first(shard)), 2);
    reads.set(0);
    for (int offset : new int[] {0, 1 << 20, 10, (1 << 20) + 10, 2 << 20, 20, 2 << 20}) {
      pieces.read(0, offset, 5).toCompletableFuture().join();
    }
    assertThat(reads).hasValue(4);
  }

  @Test
  void shouldReadAnewWhatFailed() throws IOException {
    writeShards();
    DataSource source = open().inPieces(10, 1, MEMORY);
    Path shard = folder.resolve("s-1.tar");
    Path away = folder.resolve("away");
    Files.move(shard, away);
    assertThatThrownBy(() -> fetch(source, MEMBERS))
        .hasMessageContaining("s-1.tar/00.jpg: was there when it was indexed and is gone");
    Files.move(away, shard);
    assertThat(fetch(source, MEMBERS)).isEqualTo(fetch(open(), MEMBERS));
  }

  @ParameterizedTest
  @CsvSource({
    // A request, a member, its span in the shard, window, members of a shard, streams.
    "1048576, 15000, 15900, 8192, 250, 1, true",
    "1048576, 4000, 4600, 8192, 1000, 4, true",
    // Photos of ImageNet: the windows of 16 streams are 15 GB.
    "1048576, 110000, 111000, 8192, 1000, 16, false",
    "1048576, 110000, 111000, 512, 1000, 1, true",
    // A hundredth of the samples: most of each piece is not wanted.
    "1048576, 15000, 1590000, 64, 2.5, 1, false",
    // Members that are worth requests of their own.
    "1048576, 1500000, 1500000, 64, 100, 1, false",
    // A folder.
    "32768, 15000, 15900, 512, 250, 1, false"
  })
  void shouldChooseByWhatRequestsAndBytesCost(
      int request,
      double member,
      double span,
      long window,
      double ofShard,
      int streams,
      boolean expected) {
    assertThat(ShardPieces.pay(request, member, span, window, ofShard, streams, 256L << 20))
        .isEqualTo(expected);
  }
}
