package org.ijepa.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads a stream of server-sent events, one after another. */
final class EventClient implements AutoCloseable {
  private final Stream<String> body;
  private final Iterator<String> lines;

  record Event(String id, String type, JsonNode data) {}

  EventClient(String url, Optional<String> lastId) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "events"));
    lastId.ifPresent(id -> request.header("Last-Event-ID", id));
    HttpResponse<Stream<String>> response =
        HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofLines());
    if (!response.headers().firstValue("Content-Type").orElse("").startsWith("text/event-stream")) {
      throw new IOException("no event stream: " + response);
    }
    body = response.body();
    lines = body.iterator();
  }

  /** Waits for the next event; empty once the stream is at its end. */
  Optional<Event> next() throws JsonProcessingException {
    String id = "";
    String type = "";
    StringBuilder data = new StringBuilder();
    while (lines.hasNext()) {
      String line = lines.next();
      String value = line.substring(line.indexOf(':') + 1).strip();
      if (line.startsWith("id:")) {
        id = value;
      } else if (line.startsWith("event:")) {
        type = value;
      } else if (line.startsWith("data:")) {
        data.append(value);
      } else if (line.isEmpty() && !data.isEmpty()) {
        return Optional.of(new Event(id, type, new ObjectMapper().readTree(data.toString())));
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    body.close();
  }
}
