package org.ijepa.source;

import akka.util.ByteString;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.ijepa.digest.Sha256;
import org.ijepa.store.Hedges;

/** Several sources, whose samples are numbered one source after another. */
final class SeveralSources implements Samples {
  private final List<DataSource> sources;

  /** The first sample of each source, and their number. */
  private final long[] firsts;

  private final String fingerprint;

  SeveralSources(List<DataSource> sources) {
    this.sources = List.copyOf(sources);
    firsts = new long[sources.size() + 1];
    MessageDigest digest = Sha256.begin();
    for (int i = 0; i < sources.size(); i++) {
      firsts[i + 1] = firsts[i] + sources.get(i).size();
      digest.update(sources.get(i).fingerprint().getBytes(StandardCharsets.US_ASCII));
    }
    fingerprint = Sha256.hex(digest);
  }

  @Override
  public long size() {
    return firsts[sources.size()];
  }

  /** With its source: two may have a file of one name. */
  @Override
  public String name(long sample) {
    int source = source(sample);
    return sources.get(source).describe(sample - firsts[source]);
  }

  @Override
  public long bytes(long sample) {
    int source = source(sample);
    return sources.get(source).bytes(sample - firsts[source]);
  }

  @Override
  public CompletionStage<ByteString> fetch(long sample) {
    int source = source(sample);
    return sources.get(source).fetch(sample - firsts[source]);
  }

  @Override
  public CompletionStage<ByteString> again(long sample, ByteString doubted) {
    int source = source(sample);
    return sources.get(source).again(sample - firsts[source], doubted);
  }

  @Override
  public Hedges hedges() {
    return sources.stream().map(DataSource::hedges).reduce(Hedges.NONE, Hedges::plus);
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  private int source(long sample) {
    int found = Arrays.binarySearch(firsts, sample);
    return found >= 0 ? found : -found - 2;
  }
}
