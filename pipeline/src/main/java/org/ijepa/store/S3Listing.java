package org.ijepa.store;

import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.japi.Pair;
import akka.stream.Attributes;
import akka.stream.alpakka.s3.ListBucketResultCommonPrefixes;
import akka.stream.alpakka.s3.ListBucketResultContents;
import akka.stream.alpakka.s3.S3Headers;
import akka.stream.alpakka.s3.javadsl.S3;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Lists a bucket. S3 answers with a page of keys at a time, and only the answer tells where the
 * next page begins, so that one listing is as slow as all its pages one after another. Where there
 * is more than a page, folders are therefore listed side by side, breadth first. Of folders with
 * few objects that would take more time than it saves: what is left is then listed the plain way.
 */
final class S3Listing {
  /** Folders under way at once. */
  static final int AT_ONCE = 16;

  /** Folders between two looks at whether it pays. */
  static final int BATCH = 4 * AT_ONCE;

  /** What fails is thrown, and told by whoever lists. */
  private static final Attributes UNLOGGED =
      Attributes.createLogLevels(
          Attributes.logLevelOff(), Attributes.logLevelOff(), Attributes.logLevelOff());

  private final String bucket;
  private final Attributes attributes;
  private final Duration stall;
  private final Retry retry;
  private final Function<Throwable, Throwable> translated;
  private final ActorSystem<?> system;

  /**
   * Sets up for one listing.
   *
   * @param translated failures as the store's, for {@code retry}
   */
  S3Listing(
      String bucket,
      Attributes attributes,
      Retry retry,
      Function<Throwable, Throwable> translated,
      ActorSystem<?> system) {
    this.bucket = bucket;
    this.attributes = attributes.and(UNLOGGED);
    this.stall = retry.policy().stall();
    this.retry = retry;
    this.translated = translated;
    this.system = system;
  }

  /** All objects whose key begins with {@code prefix}, in no promised order. */
  Source<ListBucketResultContents, NotUsed> list(String prefix) {
    return plain(prefix)
        .prefixAndTail(S3Requests.LISTED + 1)
        .flatMapConcat(
            start -> {
              if (start.first().size() <= S3Requests.LISTED) {
                return Source.from(start.first());
              }
              start.second().runWith(Sink.cancelled(), system);
              return new Walk(prefix).objects();
            });
  }

  /**
   * Whether going on folder by folder takes longer than page after page.
   *
   * @param folders that were listed
   * @param found in them, objects and folders
   */
  static boolean isSlower(long folders, long found) {
    return folders >= BATCH && found * AT_ONCE < folders * S3Requests.LISTED;
  }

  /** Whether servers may refuse it as a prefix, as Alpakka signs it in a way of its own. */
  private static boolean isOdd(String folder) {
    return !StandardCharsets.US_ASCII.newEncoder().canEncode(folder);
  }

  /** Page after page. */
  private Source<ListBucketResultContents, NotUsed> plain(String prefix) {
    return S3.listBucket(bucket, optional(prefix)).withAttributes(attributes).idleTimeout(stall);
  }

  private static Optional<String> optional(String prefix) {
    return prefix.isEmpty() ? Optional.empty() : Optional.of(prefix);
  }

  /** What a folder holds itself, page after page. */
  private record Page(List<ListBucketResultContents> objects, List<String> folders) {
    /** Some servers name a folder that some tool has drawn as an object alone. */
    static Page of(
        String prefix,
        Pair<List<ListBucketResultContents>, List<ListBucketResultCommonPrefixes>> answer) {
      Stream<String> drawn =
          answer.first().stream()
              .map(ListBucketResultContents::key)
              .filter(key -> key.endsWith("/") && key.length() > prefix.length());
      Stream<String> common = answer.second().stream().map(ListBucketResultCommonPrefixes::prefix);
      return new Page(answer.first(), Stream.concat(common, drawn).toList());
    }
  }

  /** One listing, folder by folder. */
  private final class Walk {
    private final String root;
    private final Set<String> ahead = new LinkedHashSet<>();
    private final Set<String> listed = new HashSet<>();
    private long found;
    private boolean isOdd;

    Walk(String root) {
      this.root = root;
      ahead.add(root);
    }

    Source<ListBucketResultContents, NotUsed> objects() {
      return Source.unfold(
              NotUsed.getInstance(), unused -> next().map(part -> Pair.create(unused, part)))
          .flatMapConcat(part -> part);
    }

    /** The next folders; all there is besides those listed, if many of them hold little. */
    private synchronized Optional<Source<ListBucketResultContents, NotUsed>> next() {
      if (ahead.isEmpty()) {
        return Optional.empty();
      }
      if (isOdd || isSlower(listed.size(), found)) {
        ahead.clear();
        return Optional.of(plain(root).filter(object -> !isListed(object.key())));
      }
      List<String> batch = ahead.stream().limit(BATCH).toList();
      batch.forEach(ahead::remove);
      listed.addAll(batch);
      return Optional.of(
          Source.from(batch).flatMapMerge(AT_ONCE, S3Listing.this::folder).mapConcat(this::noted));
    }

    private synchronized List<ListBucketResultContents> noted(Page page) {
      found += page.objects().size() + page.folders().size();
      ahead.addAll(page.folders());
      isOdd = isOdd || page.folders().stream().anyMatch(S3Listing::isOdd);
      return page.objects();
    }

    private synchronized boolean isListed(String key) {
      return listed.contains(key.substring(0, Math.max(root.length(), key.lastIndexOf('/') + 1)));
    }
  }

  /** A folder's own objects and folders; what fails before the first page is tried again. */
  private Source<Page, NotUsed> folder(String prefix) {
    return Source.completionStage(
            retry.run(() -> pages(prefix).prefixAndTail(1).runWith(Sink.head(), system)))
        .flatMapConcat(start -> Source.from(start.first()).concat(start.second()));
  }

  private Source<Page, NotUsed> pages(String prefix) {
    return S3.listBucketAndCommonPrefixes(bucket, "/", optional(prefix), S3Headers.empty())
        .withAttributes(attributes)
        .idleTimeout(stall)
        .map(answer -> Page.of(prefix, answer))
        .mapError(Throwable.class, translated::apply);
  }
}
