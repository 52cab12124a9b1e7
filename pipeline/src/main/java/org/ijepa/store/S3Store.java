package org.ijepa.store;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.actor.ClassicActorSystemProvider;
import akka.http.javadsl.model.ContentTypes;
import akka.stream.Attributes;
import akka.stream.alpakka.s3.AccessStyle;
import akka.stream.alpakka.s3.S3Attributes;
import akka.stream.alpakka.s3.S3Exception;
import akka.stream.alpakka.s3.S3Headers;
import akka.stream.alpakka.s3.S3Settings;
import akka.stream.alpakka.s3.javadsl.S3;
import akka.stream.javadsl.FileIO;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.ijepa.settings.DataSettings;
import org.ijepa.store.StoreException.Kind;
import scala.jdk.javaapi.CollectionConverters;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;

/**
 * A prefix of an S3 bucket, by Alpakka S3, with credentials from the usual AWS chain. {@link
 * #create} relies on conditional writes ({@code If-None-Match: *}), which the server must honour.
 */
final class S3Store implements Store {
  private static final String NONE = "*";

  private final String uri;
  private final String bucket;
  private final String prefix;
  private final ActorSystem system;
  private final Attributes attributes;

  private S3Store(
      String uri, String bucket, String prefix, ActorSystem system, Attributes attributes) {
    this.uri = uri;
    this.bucket = bucket;
    this.prefix = prefix;
    this.system = system;
    this.attributes = attributes;
  }

  static S3Store open(String uri, DataSettings.S3 settings, ClassicActorSystemProvider system) {
    String rest = uri.substring("s3://".length());
    int slash = rest.indexOf('/');
    String bucket = slash < 0 ? rest : rest.substring(0, slash);
    String below = slash < 0 ? "" : rest.substring(slash + 1);
    if (bucket.isEmpty()) {
      throw new StoreException(Kind.NO_BUCKET, uri + " names no bucket", null);
    }
    String prefix = below.isEmpty() || below.endsWith("/") ? below : below + "/";
    S3Settings s3 =
        S3Settings.create(system).withCredentialsProvider(DefaultCredentialsProvider.create());
    if (!settings.region().isEmpty()) {
      Region region = Region.of(settings.region());
      s3 = s3.withS3RegionProvider(() -> region);
    } else if (!settings.endpoint().isEmpty()) {
      // Signatures need a region; a server of one's own takes any.
      s3 = s3.withS3RegionProvider(() -> Region.US_EAST_1);
    }
    if (!settings.endpoint().isEmpty()) {
      s3 = s3.withEndpointUrl(settings.endpoint()).withAccessStyle(AccessStyle.pathAccessStyle());
    }
    return new S3Store(uri, bucket, prefix, system.classicSystem(), S3Attributes.settings(s3));
  }

  @Override
  public String uri() {
    return uri;
  }

  @Override
  public Source<StoredObject, NotUsed> list(String below) {
    return S3.listBucket(bucket, Optional.of(prefix + below))
        .withAttributes(attributes)
        .filter(entry -> !entry.getKey().endsWith("/"))
        .map(entry -> new StoredObject(entry.getKey().substring(prefix.length()), entry.getSize()))
        .mapError(Throwable.class, e -> typed(below, e));
  }

  @Override
  public CompletionStage<ByteString> read(String key) {
    return typed(
        key,
        S3.getObject(bucket, prefix + key)
            .withAttributes(attributes)
            .runFold(ByteString.emptyByteString(), ByteString::concat, system));
  }

  @Override
  public CompletionStage<Long> download(String key, Path file) {
    return typed(
        key,
        S3.getObject(bucket, prefix + key)
            .withAttributes(attributes)
            .runWith(FileIO.toPath(file), system)
            .thenApply(result -> result.count()));
  }

  @Override
  public CompletionStage<StoredObject> write(String key, ByteString bytes) {
    return typed(
        key,
        S3.putObject(
                bucket,
                prefix + key,
                Source.single(bytes),
                bytes.size(),
                ContentTypes.APPLICATION_OCTET_STREAM)
            .withAttributes(attributes)
            .runWith(Sink.head(), system)
            .thenApply(ignored -> new StoredObject(key, bytes.size())));
  }

  @Override
  public CompletionStage<StoredObject> upload(String key, Path file) {
    return typed(
        key,
        FileIO.fromPath(file)
            .runWith(
                S3.multipartUpload(bucket, prefix + key, ContentTypes.APPLICATION_OCTET_STREAM)
                    .withAttributes(attributes),
                system)
            .thenApply(ignored -> new StoredObject(key, file.toFile().length())));
  }

  @Override
  public CompletionStage<String> delete(String key) {
    return typed(
        key,
        S3.deleteObject(bucket, prefix + key)
            .withAttributes(attributes)
            .runWith(Sink.head(), system)
            .thenApply(ignored -> key));
  }

  @Override
  public CompletionStage<Boolean> create(String key, ByteString bytes) {
    S3Headers unlessPresent =
        S3Headers.create()
            .withCustomHeaders(
                scala.collection.immutable.Map.from(
                    CollectionConverters.asScala(Map.of("If-None-Match", NONE))));
    return S3.putObject(
            bucket,
            prefix + key,
            Source.single(bytes),
            bytes.size(),
            ContentTypes.APPLICATION_OCTET_STREAM,
            unlessPresent)
        .withAttributes(attributes)
        .runWith(Sink.head(), system)
        .handle(
            (ignored, failure) -> {
              if (failure == null) {
                return true;
              }
              S3Exception refused = find(failure, S3Exception.class);
              if (refused != null && isTaken(refused.statusCode().intValue())) {
                return false;
              }
              throw new CompletionException(typed(key, failure));
            });
  }

  private static boolean isTaken(int status) {
    return status == 412 || status == 409 || status == 304;
  }

  private <T> CompletionStage<T> typed(String key, CompletionStage<T> stage) {
    return stage.exceptionally(
        failure -> {
          throw new CompletionException(typed(key, failure));
        });
  }

  private StoreException typed(String key, Throwable failure) {
    StoreException known = find(failure, StoreException.class);
    if (known != null) {
      return known;
    }
    String what = "s3://" + bucket + "/" + prefix + key;
    if (find(failure, SdkClientException.class) != null) {
      return new StoreException(
          Kind.REFUSED,
          what + ": no AWS credentials found (environment, profile or instance)",
          failure);
    }
    S3Exception s3 = find(failure, S3Exception.class);
    if (s3 == null) {
      return new StoreException(Kind.TRANSIENT, what + ": " + failure, failure);
    }
    int status = s3.statusCode().intValue();
    if ("NoSuchBucket".equals(s3.code())) {
      return new StoreException(Kind.NO_BUCKET, "there is no bucket " + bucket, failure);
    }
    if (status == 404) {
      return new StoreException(Kind.NOT_FOUND, "there is no " + what, failure);
    }
    if (status == 401 || status == 403) {
      return new StoreException(
          Kind.REFUSED, what + ": refused (" + s3.code() + "); check credentials", failure);
    }
    Kind kind = status >= 500 || status == 429 || status == 408 ? Kind.TRANSIENT : Kind.OTHER;
    return new StoreException(kind, what + ": " + status + " " + s3.code(), failure);
  }

  private static <E extends Throwable> E find(Throwable failure, Class<E> type) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
    }
    return null;
  }
}
