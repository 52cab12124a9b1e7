package org.ijepa.dashboard;

import static akka.http.javadsl.server.Directives.complete;
import static akka.http.javadsl.server.Directives.completeOK;
import static akka.http.javadsl.server.Directives.concat;
import static akka.http.javadsl.server.Directives.get;
import static akka.http.javadsl.server.Directives.getFromFile;
import static akka.http.javadsl.server.Directives.optionalHeaderValueByName;
import static akka.http.javadsl.server.Directives.parameterOptional;
import static akka.http.javadsl.server.Directives.path;
import static akka.http.javadsl.server.Directives.pathSingleSlash;
import static akka.http.javadsl.server.Directives.respondWithHeaders;

import akka.NotUsed;
import akka.http.javadsl.marshalling.sse.EventStreamMarshalling;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.model.sse.ServerSentEvent;
import akka.http.javadsl.server.Route;
import akka.stream.ActorAttributes;
import akka.stream.javadsl.Source;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What is answered at which address. */
final class DashboardRoutes {
  /** Between two looks at the files. */
  private static final Duration PERIOD = Duration.ofMillis(500);

  /** A line without meaning is sent where there is nothing to say, so that no proxy gives up. */
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);

  private static final String FILES = "akka.actor.default-blocking-io-dispatcher";

  /** The page loads nothing and sends nothing elsewhere, whatever a file's name may hold. */
  private static final List<HttpHeader> HEADERS =
      List.of(
          RawHeader.create(
              "Content-Security-Policy",
              "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
                  + " connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"),
          RawHeader.create("X-Content-Type-Options", "nosniff"),
          RawHeader.create("Cache-Control", "no-store"));

  private final RunView view;
  private final RunMetrics metrics;
  private final Supplier<Optional<String>> notReady;
  private final Supplier<Optional<String>> notAlive;
  private final OpenStreams streams;

  private DashboardRoutes(
      RunView view,
      RunMetrics metrics,
      Supplier<Optional<String>> notReady,
      Supplier<Optional<String>> notAlive,
      OpenStreams streams) {
    this.view = view;
    this.metrics = metrics;
    this.notReady = notReady;
    this.notAlive = notAlive;
    this.streams = streams;
  }

  /**
   * All routes.
   *
   * @param streams ends the streams of events, each with what is new
   */
  static Route of(
      RunView view,
      RunMetrics metrics,
      Supplier<Optional<String>> notReady,
      Supplier<Optional<String>> notAlive,
      OpenStreams streams) {
    return new DashboardRoutes(view, metrics, notReady, notAlive, streams).all();
  }

  private Route all() {
    String page = DashboardPage.html();
    return respondWithHeaders(
        HEADERS,
        () ->
            get(
                () ->
                    concat(
                        pathSingleSlash(() -> complete(html(page))),
                        path("events", this::events),
                        path("masks.png", () -> getFromFile(view.masks().toFile())),
                        path("metrics", this::metrics),
                        path("health", () -> complete(status(notAlive.get()))),
                        path("ready", () -> complete(status(notReady.get()))))));
  }

  private static HttpResponse html(String page) {
    return HttpResponse.create().withEntity(HttpEntities.create(ContentTypes.TEXT_HTML_UTF8, page));
  }

  /** A browser sends the header when it comes again by itself, a page that begins anew asks. */
  private Route events() {
    return optionalHeaderValueByName(
        "Last-Event-ID",
        header ->
            parameterOptional(
                "after",
                after ->
                    completeOK(
                        events(header.or(() -> after)), EventStreamMarshalling.toEventStream())));
  }

  private Source<ServerSentEvent, NotUsed> events(Optional<String> lastId) {
    return streams.every(
        PERIOD,
        ticks ->
            ticks
                .statefulMapConcat(
                    () -> {
                      Feed feed = new Feed(view, lastId);
                      return look -> feed.next();
                    })
                .addAttributes(ActorAttributes.dispatcher(FILES))
                .keepAlive(HEARTBEAT, ServerSentEvent::heartbeat));
  }

  private Route metrics() {
    return optionalHeaderValueByName("Accept", accept -> complete(metrics(accept.orElse(""))));
  }

  private HttpResponse metrics(String accept) {
    try {
      RunMetrics.Page page = metrics.page(accept);
      return HttpResponse.create()
          .withEntity(HttpEntities.create(ContentTypes.parse(page.contentType()), page.bytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpResponse status(Optional<String> down) {
    ObjectNode body = new ObjectMapper().createObjectNode();
    body.put("status", down.isEmpty() ? "up" : "down");
    down.ifPresent(reason -> body.put("reason", reason));
    return HttpResponse.create()
        .withStatus(down.isEmpty() ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE)
        .withEntity(ContentTypes.APPLICATION_JSON, body.toString());
  }
}
