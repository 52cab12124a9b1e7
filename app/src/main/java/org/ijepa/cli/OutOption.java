package org.ijepa.cli;

import picocli.CommandLine.Option;

/** Where a new data set goes. */
final class OutOption {
  @Option(
      names = "--out",
      paramLabel = "URI",
      required = true,
      description = "A new folder or s3://bucket/prefix.")
  private String uri;

  /** A folder or {@code s3://bucket/prefix}. */
  String uri() {
    return uri;
  }
}
