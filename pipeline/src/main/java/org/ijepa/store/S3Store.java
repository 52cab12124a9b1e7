package org.ijepa.store;

import akka.Done;
import akka.NotUsed;
import akka.actor.typed.ActorSystem;
import akka.http.javadsl.model.ContentTypes;
import akka.japi.pf.PFBuilder;
import akka.stream.Attributes;
import akka.stream.Graph;
import akka.stream.SourceShape;
import akka.stream.alpakka.s3.AccessStyle;
import akka.stream.alpakka.s3.ListBucketResultContents;
import akka.stream.alpakka.s3.MultipartUploadSettings;
import akka.stream.alpakka.s3.RetrySettings;
import akka.stream.alpakka.s3.S3Attributes;
import akka.stream.alpakka.s3.S3Headers;
import akka.stream.alpakka.s3.S3Settings;
import akka.stream.alpakka.s3.javadsl.S3;
import akka.stream.javadsl.FileIO;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import scala.collection.immutable.Map;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.AwsRegionProvider;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/**
 * A prefix of an S3 bucket as a store: reads through {@link S3Reader}, all else through Alpakka.
 */
final class S3Store implements Store {
  private static final int PART_RETRIES = 5;

  /** 20 ms at 50 MB/s. */
  private static final int BYTES_OF_A_REQUEST = 1 << 20;

  private final String bucket;
  private final String prefix;
  private final Verify verify;
  private final Retry retry;
  private final Hedge hedge;
  private final S3Reader reader;
  private final ActorSystem<?> system;
  private final Attributes attributes;
  private final AtomicReference<CompletableFuture<Boolean>> createsNew = new AtomicReference<>();

  S3Store(
      String bucket,
      String prefix,
      S3Access access,
      Retry retry,
      Hedge hedge,
      ActorSystem<?> system) {
    this.bucket = bucket;
    this.prefix = prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
    this.verify = access.verify();
    this.retry = retry;
    this.hedge = hedge;
    this.system = system;
    S3Settings settings = settings(access, retry.policy(), system);
    this.attributes = S3Attributes.settings(settings);
    this.reader =
        new S3Reader(
            new S3Signature(
                bucket, access, settings.credentialsProvider(), settings.s3RegionProvider()),
            retry.policy().stall(),
            HttpPool.connections(system),
            System::nanoTime);
    system.getWhenTerminated().thenRun(reader::close);
  }

  private static S3Settings settings(S3Access access, RetryPolicy policy, ActorSystem<?> system) {
    RetrySettings none = RetrySettings.create(0, policy.firstDelay(), policy.longestDelay(), 0.5);
    S3Settings settings =
        S3Settings.create(system)
            .withCredentialsProvider(credentials(access))
            .withS3RegionProvider(region(access))
            .withRetrySettings(none)
            .withMultipartUploadSettings(
                MultipartUploadSettings.create(none.withMaxRetries(PART_RETRIES)));
    if (access.anonymous()) {
      settings = settings.withSignAnonymousRequests(false);
    }
    if (access.endpoint().isPresent()) {
      String endpoint = access.endpoint().get().toString();
      settings =
          settings
              .withEndpointUrl(endpoint.replaceFirst("/+$", ""))
              .withAccessStyle(AccessStyle.pathAccessStyle());
    }
    return settings;
  }

  private static AwsCredentialsProvider credentials(S3Access access) {
    return access.anonymous()
        ? AnonymousCredentialsProvider.create()
        : DefaultCredentialsProvider.create();
  }

  private static AwsRegionProvider region(S3Access access) {
    if (access.region().isPresent()) {
      Region region = Region.of(access.region().get());
      return () -> region;
    }
    // Other servers have no regions, but a signature must name one.
    return access.endpoint().isPresent()
        ? () -> Region.US_EAST_1
        : new FoundRegion(new DefaultAwsRegionProviderChain());
  }

  /** Asks the usual chain, which reads files and may ask the network, until it knows. */
  private static final class FoundRegion implements AwsRegionProvider {
    private final AwsRegionProvider chain;
    private volatile Region found;

    FoundRegion(AwsRegionProvider chain) {
      this.chain = chain;
    }

    @Override
    public Region getRegion() {
      if (found == null) {
        found = chain.getRegion();
      }
      return found;
    }
  }

  @Override
  public String describe(String key) {
    return "s3://" + bucket + "/" + prefix + key;
  }

  @Override
  public Source<Entry, NotUsed> list(String keyPrefix) {
    String whole = prefix + keyPrefix;
    S3Listing listing =
        new S3Listing(
            bucket,
            attributes,
            retry,
            failure -> S3Errors.translate(describe(keyPrefix), failure),
            system);
    return listing
        .list(whole)
        // A key that ends in a slash is how some tools draw a folder.
        .filter(found -> found.key().startsWith(whole) && !found.key().endsWith("/"))
        .map(found -> new Entry(found.key().substring(prefix.length()), found.size(), found.eTag()))
        .mapError(Throwable.class, failure -> S3Errors.translate(describe(keyPrefix), failure))
        .recoverWithRetries(
            1,
            new PFBuilder<Throwable, Graph<SourceShape<Entry>, NotUsed>>()
                .match(StoreException.class, S3Errors::isElsewhere, this::located)
                .build());
  }

  /** Elsewhere a prefix need be no whole folder. */
  @Override
  public CompletionStage<Optional<String>> meantInstead() {
    if (prefix.isEmpty()) {
      return CompletableFuture.completedStage(Optional.empty());
    }
    String begin = prefix.substring(0, prefix.length() - 1);
    return retried(
        "",
        () ->
            S3.listBucket(bucket, Optional.of(begin))
                .withAttributes(attributes)
                .idleTimeout(retry.policy().stall())
                .map(ListBucketResultContents::key)
                .filter(key -> key.startsWith(begin) && !key.startsWith(prefix))
                .runWith(Sink.headOption(), system)
                .thenApply(found -> found.map(key -> wholeFolder(begin, key))));
  }

  private String wholeFolder(String begin, String key) {
    int next = key.indexOf('/', begin.length());
    int end = next < 0 ? key.lastIndexOf('/') : next;
    String folder = end < 0 ? "" : "/" + key.substring(0, end);
    return "keys begin with %s, such as %s; give a whole folder: s3://%s%s"
        .formatted(begin, key, bucket, folder);
  }

  /** Alpakka drops the header that names the bucket's region, which any other request brings. */
  private Source<Entry, NotUsed> located(StoreException unnamed) {
    CompletionStage<Entry> named =
        reader
            .read(prefix + ".", Version.ANY, 0, 1)
            .result()
            .handle((bytes, failure) -> StoreException.of(failure).orElse(unnamed))
            .thenCompose(CompletableFuture::failedStage);
    return Source.completionStage(named).mapMaterializedValue(found -> NotUsed.getInstance());
  }

  @Override
  public CompletionStage<ByteString> read(String key, Version version, long most) {
    return read(key, version, most, verify == Verify.ALWAYS);
  }

  @Override
  public CompletionStage<ByteString> readSound(String key, Version version, long most) {
    return read(key, version, most, verify != Verify.NEVER);
  }

  private CompletionStage<ByteString> read(
      String key, Version version, long most, boolean checked) {
    check(key);
    Optional<BodyCheck> sound =
        checked ? Optional.of(new BodyCheck(describe(key))) : Optional.empty();
    return retried(key, () -> hedge.run(() -> reader.read(prefix + key, version, most, sound)));
  }

  @Override
  public CompletionStage<ByteString> read(String key, Version version, long offset, int length) {
    check(key);
    if (length == 0) {
      return CompletableFuture.completedStage(ByteString.emptyByteString());
    }
    return retried(
        key,
        () ->
            hedge
                .run(() -> reader.read(prefix + key, version, offset, length))
                .thenApply(
                    bytes -> {
                      if (bytes.size() != length) {
                        throw Stores.resized(
                            "%s: got %d bytes, asked for %d from %d"
                                .formatted(describe(key), bytes.size(), length, offset));
                      }
                      return bytes;
                    }));
  }

  @Override
  public Hedges hedges() {
    return hedge.counts().retried(retry.retries());
  }

  @Override
  public int bytesOfARequest() {
    return BYTES_OF_A_REQUEST;
  }

  @Override
  public Source<ByteString, NotUsed> stream(String key) {
    return Stores.stream(this, key);
  }

  @Override
  public CompletionStage<Done> write(String key, ByteString bytes) {
    check(key);
    return retried(
        key,
        () ->
            bytes.size() > S3Requests.SINGLE_PUT_BYTES
                ? putParts(key, Source.single(bytes))
                : put(key, Source.single(bytes), bytes.size(), S3Headers.empty()));
  }

  @Override
  public CompletionStage<Done> writeFile(String key, Path file) {
    check(key);
    return retried(
        key,
        () -> {
          long bytes;
          try {
            bytes = Files.size(file);
          } catch (IOException e) {
            throw Stores.invalid(file + ": cannot be read for upload: " + e.getMessage());
          }
          return bytes > S3Requests.SINGLE_PUT_BYTES
              ? putParts(key, FileIO.fromPath(file))
              : put(key, FileIO.fromPath(file), bytes, S3Headers.empty());
        });
  }

  @Override
  public CompletionStage<Done> writeStream(String key, Source<ByteString, ?> bytes) {
    check(key);
    return translated(key, () -> putParts(key, bytes));
  }

  private CompletionStage<Done> put(
      String key, Source<ByteString, ?> bytes, long length, S3Headers headers) {
    return S3.putObject(
            bucket, prefix + key, bytes, length, ContentTypes.APPLICATION_OCTET_STREAM, headers)
        .withAttributes(attributes)
        .runWith(Sink.head(), system)
        .thenApply(stored -> Done.getInstance());
  }

  private CompletionStage<Done> putParts(String key, Source<ByteString, ?> bytes) {
    return bytes
        .runWith(
            S3.multipartUpload(bucket, prefix + key, ContentTypes.APPLICATION_OCTET_STREAM)
                .withAttributes(attributes),
            system)
        .thenApply(stored -> Done.getInstance());
  }

  @Override
  public CompletionStage<Done> createNew(String key, ByteString bytes) {
    check(key);
    return supportsCreateNew()
        .thenCompose(
            supported -> {
              if (!supported) {
                throw Stores.invalid(
                    describe(key)
                        + ": this server ignores If-None-Match, so nothing can be created only if new");
              }
              // A lost answer may have been to a request that was obeyed.
              AtomicBoolean again = new AtomicBoolean();
              return retry.run(
                  () -> {
                    boolean mayBeOurs = again.getAndSet(true);
                    return translated(key, () -> putIfNew(key, bytes))
                        .handle(
                            (done, failure) ->
                                mayBeOurs && isThere(failure)
                                    ? taken(key, bytes, failure)
                                    : stage(done, failure))
                        .thenCompose(stage -> stage);
                  });
            });
  }

  /** Of an object that is there: whether it is what an earlier attempt has written. */
  private CompletionStage<Done> taken(String key, ByteString bytes, Throwable exists) {
    return size(key)
        .thenCompose(
            size -> {
              if (size.isEmpty()) {
                // The server was still at the earlier attempt, which came to nothing.
                throw new StoreException(
                    StoreException.Kind.TRANSIENT, describe(key) + ": is being written", exists);
              }
              return size.getAsLong() == bytes.size()
                  ? read(key)
                  : CompletableFuture.failedStage(exists);
            })
        .thenCompose(
            found ->
                found.equals(bytes)
                    ? CompletableFuture.completedStage(Done.getInstance())
                    : CompletableFuture.failedStage(exists));
  }

  private CompletionStage<Done> putIfNew(String key, ByteString bytes) {
    S3Headers headers = S3Headers.empty().withCustomHeaders(new Map.Map1<>("If-None-Match", "*"));
    return put(key, Source.single(bytes), bytes.size(), headers);
  }

  @Override
  public CompletionStage<Boolean> supportsCreateNew() {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    CompletableFuture<Boolean> theirs = createsNew.compareAndExchange(null, mine);
    if (theirs != null) {
      return theirs;
    }
    retrying(this::probeCreateNew)
        .whenComplete(
            (answer, failure) -> {
              if (failure == null) {
                mine.complete(answer);
              } else {
                // The next caller asks again.
                createsNew.set(null);
                mine.completeExceptionally(failure);
              }
            });
    return mine;
  }

  private CompletionStage<Boolean> probeCreateNew() {
    String probe = ".create-new-probe-" + UUID.randomUUID();
    return translated(probe, () -> putIfNew(probe, ByteString.fromString("first")))
        .thenCompose(
            first ->
                translated(probe, () -> putIfNew(probe, ByteString.fromString("second")))
                    .handle((done, failure) -> verdict(failure)))
        .thenCompose(verdict -> verdict)
        .thenCompose(answer -> delete(probe).thenApply(deleted -> answer));
  }

  private static CompletionStage<Boolean> verdict(Throwable secondFailure) {
    if (secondFailure == null) {
      return CompletableFuture.completedStage(false);
    }
    return isThere(secondFailure)
        ? CompletableFuture.completedStage(true)
        : CompletableFuture.failedStage(secondFailure);
  }

  private static boolean isThere(Throwable failure) {
    return failure != null
        && StoreException.of(failure)
            .filter(known -> known.kind() == StoreException.Kind.EXISTS)
            .isPresent();
  }

  @Override
  public CompletionStage<Done> delete(String key) {
    check(key);
    return retried(
        key,
        () ->
            S3.deleteObject(bucket, prefix + key)
                .withAttributes(attributes)
                .runWith(Sink.ignore(), system));
  }

  @Override
  public CompletionStage<OptionalLong> size(String key) {
    check(key);
    return retried(
        key,
        () ->
            S3.getObjectMetadata(bucket, prefix + key)
                .withAttributes(attributes)
                .idleTimeout(retry.policy().stall())
                .runWith(Sink.head(), system)
                .thenApply(
                    found ->
                        found.isPresent()
                            ? OptionalLong.of(found.get().contentLength())
                            : OptionalLong.empty()));
  }

  @Override
  public <T> CompletionStage<T> retrying(Supplier<CompletionStage<T>> work) {
    return retry.run(work);
  }

  private <T> CompletionStage<T> retried(String key, Supplier<CompletionStage<T>> work) {
    return retry.run(() -> translated(key, work));
  }

  private <T> CompletionStage<T> translated(String key, Supplier<CompletionStage<T>> work) {
    return work.get()
        .handle(
            (value, failure) ->
                stage(value, failure == null ? null : S3Errors.translate(describe(key), failure)))
        .thenCompose(stage -> stage);
  }

  private static <T> CompletionStage<T> stage(T value, Throwable failure) {
    return failure == null
        ? CompletableFuture.completedStage(value)
        : CompletableFuture.failedStage(failure);
  }

  private void check(String key) {
    if (key.isEmpty() || key.endsWith("/")) {
      throw Stores.invalid("s3://%s/%s: '%s' is no key".formatted(bucket, prefix, key));
    }
  }
}
