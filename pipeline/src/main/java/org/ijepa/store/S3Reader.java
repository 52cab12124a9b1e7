package org.ijepa.store;

import akka.http.javadsl.model.StatusCodes;
import akka.stream.alpakka.s3.S3Exception;
import akka.util.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * Reads objects of S3 by blocking requests on threads of its own. Streams, as Alpakka makes several
 * for each request, took four times the processor time.
 */
final class S3Reader implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** Servers of Amazon's change their addresses. */
  private static final Duration CONNECTION_LIFE = Duration.ofMinutes(10);

  private static final Duration IDLE_THREAD = Duration.ofSeconds(30);

  /** A read that goes on but is slower than this never ends. */
  private static final long LEAST_BYTES_A_SECOND = 16 << 10;

  private static final int ERROR_BYTES = 64 << 10;

  /** Room for an answer that does not say how long it is. */
  private static final int FIRST_BYTES = 64 << 10;

  /** What fits an array. */
  private static final long MOST_BYTES = Integer.MAX_VALUE - 8L;

  private final S3Signature signature;
  private final Duration stall;
  private final LongSupplier nanoTime;
  private final CloseableHttpClient client;
  private final ThreadPoolExecutor threads;

  /**
   * Opens no connection yet.
   *
   * @param stall without a byte for so long a read fails
   * @param connections at a time, and threads
   * @param nanoTime clock
   */
  S3Reader(S3Signature signature, Duration stall, int connections, LongSupplier nanoTime) {
    this.signature = signature;
    this.stall = stall;
    this.nanoTime = nanoTime;
    client = client(stall, connections);
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            connections,
            connections,
            IDLE_THREAD.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread thread = new Thread(work, "s3-read-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  private static CloseableHttpClient client(Duration stall, int connections) {
    Timeout silence = Timeout.of(stall);
    return HttpClients.custom()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setMaxConnPerRoute(connections)
                .setMaxConnTotal(connections)
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom()
                        .setConnectTimeout(
                            Timeout.of(stall.compareTo(CONNECT) < 0 ? stall : CONNECT))
                        .setSocketTimeout(silence)
                        .setTimeToLive(TimeValue.of(CONNECTION_LIFE))
                        .build())
                .build())
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setConnectionRequestTimeout(silence)
                .setResponseTimeout(silence)
                .build())
        .disableAutomaticRetries()
        .disableRedirectHandling()
        .disableContentCompression()
        .disableCookieManagement()
        .disableAuthCaching()
        .build();
  }

  /**
   * Begins to read an object, whole; RESIZED if it has more than {@code most} bytes.
   *
   * @param sound checks the bytes against the checksum that the server states
   */
  Hedge.Attempt<ByteString> read(
      String key, Version version, long most, Optional<BodyCheck> sound) {
    return start(new Read(key, version, 0, Optional.empty(), Math.min(most, MOST_BYTES), sound));
  }

  /** Begins to read a part of an object; the server may answer with fewer bytes. */
  Hedge.Attempt<ByteString> read(String key, Version version, long offset, int length) {
    String range = "bytes=%d-%d".formatted(offset, offset + length - 1L);
    return start(new Read(key, version, offset, Optional.of(range), length, Optional.empty()));
  }

  private Read start(Read read) {
    threads.execute(read);
    return read;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    try {
      client.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One request. */
  private final class Read implements Hedge.Attempt<ByteString>, Runnable {
    private final CompletableFuture<ByteString> result = new CompletableFuture<>();
    private final String key;
    private final Version version;
    private final long offset;
    private final Optional<String> range;
    private final long most;
    private final Optional<BodyCheck> sound;

    // Guarded by this.
    private HttpGet request;
    private boolean cancelled;

    Read(
        String key,
        Version version,
        long offset,
        Optional<String> range,
        long most,
        Optional<BodyCheck> sound) {
      this.key = key;
      this.version = version;
      this.offset = offset;
      this.range = range;
      this.most = most;
      this.sound = sound;
    }

    @Override
    public CompletionStage<ByteString> result() {
      return result;
    }

    @Override
    public synchronized void cancel() {
      cancelled = true;
      if (request != null) {
        request.cancel();
      }
    }

    @Override
    public void run() {
      try {
        result.complete(ByteString.fromArrayUnsafe(bytes()));
      } catch (IOException | RuntimeException e) {
        result.completeExceptionally(e);
      }
    }

    private byte[] bytes() throws IOException {
      S3Signature.Get get = signature.get(key, range, sound.isPresent());
      HttpGet sent = new HttpGet(get.uri());
      get.headers().forEach(sent::addHeader);
      synchronized (this) {
        if (cancelled) {
          throw new IOException("called off");
        }
        request = sent;
      }
      try (ClassicHttpResponse answer =
          client.executeOpen(HttpHost.create(get.uri()), sent, null)) {
        try {
          if (answer.getCode() / 100 != 2) {
            throw refused(answer, key);
          }
          check(answer, key, version);
          checkRange(answer);
          byte[] body = body(answer, key, most);
          if (sound.isPresent()) {
            StatedChecksum.of(name -> header(answer, name))
                .ifPresent(stated -> sound.get().check(stated, body));
          }
          return body;
        } catch (IOException | StoreException e) {
          // Closing would read what is left of the answer, to its end if it has one.
          sent.cancel();
          throw e;
        }
      }
    }

    /** What is whole because the object ends where the range does is right all the same. */
    private void checkRange(ClassicHttpResponse answer) {
      boolean isWhole = range.isPresent() && answer.getCode() == HttpStatus.SC_OK;
      if (isWhole && (offset > 0 || length(answer) > most)) {
        throw Stores.invalid(
            "%s: the server ignores what part of an object is asked for, and sends the whole; shards take one that answers to Range"
                .formatted(signature.describe(key)));
      }
    }
  }

  /** Bytes of the body, below 0 if the answer does not say. */
  private static long length(ClassicHttpResponse answer) {
    return answer.getEntity() == null ? -1 : answer.getEntity().getContentLength();
  }

  /** A server that says nothing of the version is believed. */
  private void check(ClassicHttpResponse answer, String key, Version version) {
    Optional<String> tag = header(answer, "ETag");
    if (tag.isPresent() && !version.allows(tag.get())) {
      throw new StoreException(
          StoreException.Kind.CHANGED,
          "%s: is of version %s now".formatted(signature.describe(key), tag.get()));
    }
  }

  private static Optional<String> header(ClassicHttpResponse answer, String name) {
    return Optional.ofNullable(answer.getFirstHeader(name)).map(Header::getValue);
  }

  private RuntimeException refused(ClassicHttpResponse answer, String key) throws IOException {
    String said = "";
    if (answer.getEntity() != null) {
      said =
          new String(
              answer.getEntity().getContent().readNBytes(ERROR_BYTES), StandardCharsets.UTF_8);
    }
    String reason = answer.getReasonPhrase() == null ? "" : answer.getReasonPhrase();
    S3Exception known =
        S3Exception.apply(
            said,
            (akka.http.scaladsl.model.StatusCode) StatusCodes.custom(answer.getCode(), reason, ""));
    return header(answer, "x-amz-bucket-region")
        .filter(region -> S3Errors.isElsewhere(known))
        .<RuntimeException>map(region -> S3Errors.elsewhere(signature.describe(key), region, known))
        .orElse(known);
  }

  /** The whole body, which is read to its end so that the connection is free for the next. */
  private byte[] body(ClassicHttpResponse answer, String key, long most) throws IOException {
    if (answer.getEntity() == null
        || (answer.getEntity().getContentLength() < 0 && !answer.getEntity().isChunked())) {
      // As one looks whose connection was cut within its headers.
      throw new IOException("an answer that does not say where it ends");
    }
    long length = answer.getEntity().getContentLength();
    if (length > most) {
      throw tooLong(key, "%d bytes".formatted(length), most);
    }
    InputStream in = answer.getEntity().getContent();
    long begin = nanoTime.getAsLong();
    byte[] bytes = new byte[(int) (length < 0 ? Math.min(most, FIRST_BYTES) : length)];
    int at = 0;
    for (int b = 0; b >= 0; ) {
      if (at == bytes.length) {
        b = in.read();
        if (b < 0) {
          break;
        }
        if (at == most) {
          throw tooLong(key, "more", most);
        }
        bytes = Arrays.copyOf(bytes, (int) Math.min(most, 2L * bytes.length));
        bytes[at++] = (byte) b;
      }
      b = in.read(bytes, at, bytes.length - at);
      at += Math.max(0, b);
      checkPace(at, nanoTime.getAsLong() - begin);
    }
    return at == bytes.length ? bytes : Arrays.copyOf(bytes, at);
  }

  private void checkPace(long bytes, long nanos) throws IOException {
    long expected = (long) ((nanos - stall.toNanos()) * 1e-9 * LEAST_BYTES_A_SECOND);
    if (bytes < expected) {
      throw new IOException(
          "%d bytes in %d s".formatted(bytes, TimeUnit.NANOSECONDS.toSeconds(nanos)));
    }
  }

  private StoreException tooLong(String key, String found, long most) {
    return Stores.resized(
        "%s: the server sends %s where at most %d were expected"
            .formatted(signature.describe(key), found, most));
  }
}
