package org.ijepa.dashboard;

import akka.http.javadsl.model.sse.ServerSentEvent;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What one page hears of a run: {@code snapshot}, the whole run, where it knows nothing yet or
 * where a file was rewritten, and {@code lines} from there on. The id of each event is a {@link
 * Position}.
 */
final class Feed {
  private final RunView view;
  private Optional<Position> position;

  /** A feed that goes on from the id of the last event heard; an unknown id begins anew. */
  Feed(RunView view, Optional<String> lastId) {
    this.view = view;
    position = lastId.flatMap(Position::parse);
  }

  /** What is new since the last call: one event, or none. */
  List<ServerSentEvent> next() throws IOException {
    if (position.isPresent()) {
      Optional<RunView.Message> lines = view.since(position.get());
      if (lines.isPresent()) {
        position = Optional.of(lines.get().position());
        return lines.get().isNews() ? List.of(event("lines", lines.get())) : List.of();
      }
    }
    RunView.Message all = view.snapshot();
    position = Optional.of(all.position());
    return List.of(event("snapshot", all));
  }

  private static ServerSentEvent event(String type, RunView.Message message) {
    return ServerSentEvent.create(message.json(), type, message.position().toString());
  }
}
