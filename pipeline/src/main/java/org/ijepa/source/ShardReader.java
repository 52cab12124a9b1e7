package org.ijepa.source;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.japi.Pair;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.ObjLongConsumer;
import org.ijepa.store.Entry;
import org.ijepa.store.Store;

/** Makes the index of shards by reading their headers, many shards at once. */
final class ShardReader {
  private static final int SHARDS_AT_ONCE = 16;

  /** An image of more is none that anybody trains on, and does not fit an array. */
  private static final long LARGEST_SAMPLE = 1L << 30;

  private ShardReader() {}

  private record Shard(Entry entry, ShardMembers members, Optional<String> problem) {}

  static CompletionStage<SampleIndex> index(
      Store store, List<Entry> shards, long others, IndexProgress progress, ActorSystem<?> system) {
    return Source.from(shards)
        .mapAsync(SHARDS_AT_ONCE, shard -> read(store, shard, TarWalk.Texts.LABELS, system))
        .zipWithIndex()
        .map(
            numbered -> {
              progress.walked(numbered.second() + 1, shards.size());
              return numbered.first();
            })
        .runWith(
            Sink.fold(
                SampleIndex.Builder.ofShards().ignored(others),
                (index, shard) -> add(store, index, shard)),
            system)
        .thenApply(builder -> checked(store, shards, builder.build()));
  }

  /**
   * Reads texts that stand beside the samples of an index, whose shards must be as they were.
   *
   * @param hears of each sample that has one, in order, one at a time
   */
  static CompletionStage<Done> texts(
      Store store,
      ShardTable shards,
      TarWalk.Texts texts,
      ObjLongConsumer<String> hears,
      ActorSystem<?> system) {
    return Source.range(0, shards.count() - 1)
        .mapAsync(
            SHARDS_AT_ONCE,
            number ->
                read(store, new Entry(shards.key(number), shards.bytes(number), ""), texts, system)
                    .thenApply(shard -> Pair.create(number, shard.members().samples())))
        .runForeach(
            read -> {
              Map<Long, String> byOffset = new HashMap<>();
              read.second().forEach(sample -> byOffset.put(sample.offset(), sample.label()));
              long first = shards.first(read.first());
              for (long i = first; i < first + shards.samples(read.first()); i++) {
                String text = byOffset.getOrDefault(shards.offset(i), "");
                if (!text.isEmpty()) {
                  hears.accept(text, i);
                }
              }
            },
            system);
  }

  private static CompletionStage<Shard> read(
      Store store, Entry shard, TarWalk.Texts texts, ActorSystem<?> system) {
    TarWalk walk = new TarWalk(shard.bytes(), texts);
    return Source.unfoldAsync(walk, at -> window(store, shard, at))
        .mapConcat(members -> members)
        .runWith(
            Sink.fold(
                new ShardMembers(texts.ending()),
                (members, member) -> {
                  members.add(member);
                  return members;
                }),
            system)
        .thenApply(members -> new Shard(shard, members, walk.problem()));
  }

  /** The members of the next window, which is as long as one request is worth. */
  private static CompletionStage<Optional<Pair<TarWalk, List<TarWalk.Member>>>> window(
      Store store, Entry shard, TarWalk walk) {
    if (walk.isDone()) {
      return CompletableFuture.completedStage(Optional.empty());
    }
    long left = shard.bytes() - walk.position();
    int length = (int) Math.min(left, Math.max(walk.wanted(), store.bytesOfARequest()));
    return store
        .read(shard.key(), walk.position(), length)
        .thenApply(bytes -> Optional.of(Pair.create(walk, walk.accept(bytes.toArrayUnsafe()))));
  }

  private static SampleIndex.Builder add(Store store, SampleIndex.Builder index, Shard shard) {
    String key = shard.entry().key();
    index.shard(key, shard.entry().bytes());
    long samples = 0;
    for (ShardMembers.Sample sample : shard.members().samples()) {
      if (sample.bytes() > LARGEST_SAMPLE) {
        index.problem(
            "%s/%s: has %d bytes and is left out"
                .formatted(store.describe(key), sample.name(), sample.bytes()));
        continue;
      }
      byte[] utf8 = (key + "/" + sample.name()).getBytes(StandardCharsets.UTF_8);
      index.sample(utf8, sample.offset(), sample.bytes(), sample.label());
      samples++;
    }
    index.ignored(shard.members().ignored());
    if (shard.problem().isPresent()) {
      index.problem(
          "%s: %s; %d samples before that are used, what follows is not"
              .formatted(store.describe(key), shard.problem().get(), samples));
    }
    return index;
  }

  private static SampleIndex checked(Store store, List<Entry> shards, SampleIndex index) {
    if (index.size() == 0) {
      throw new SourceException(
          SourceException.Kind.NO_IMAGES,
          "%s: its %d shards hold no image%s"
              .formatted(
                  store.describe(""),
                  shards.size(),
                  index.problems().isEmpty() ? "" : " (" + index.problems().get(0) + ")"));
    }
    return index;
  }
}
