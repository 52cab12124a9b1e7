package org.ijepa.dashboard;

import java.nio.file.Path;
import java.util.Locale;

/** The files of a run folder that are followed; each grows by JSON objects, one a line. */
enum RunFile {
  METRICS,
  COLLAPSE,
  PROBE,
  EVENTS,
  QUARANTINE,
  PIPELINE;

  /** Its name in what is sent to the page. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  Path in(Path run) {
    return run.resolve(key() + ".jsonl");
  }
}
