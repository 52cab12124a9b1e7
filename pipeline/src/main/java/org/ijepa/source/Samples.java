package org.ijepa.source;

import akka.util.ByteString;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.ijepa.store.Hedges;

/** The images of a run, each by its number. Safe for use from many threads. */
public interface Samples {
  /**
   * Bytes that a file of an image has at most: far above what photos take. Several are in memory at
   * a time, whole.
   */
  long MOST_BYTES = 256L << 20;

  /** These sources one after another; the first source's samples have the first numbers. */
  static Samples of(List<DataSource> sources) {
    return sources.size() == 1 ? sources.get(0) : new SeveralSources(sources);
  }

  /** How many there are. */
  long size();

  /** What a sample is called in what people read of the run. */
  String name(long sample);

  /** Size of a sample's file when it was indexed. */
  long bytes(long sample);

  /**
   * The file of a sample, whole.
   *
   * @return fails with {@link SourceException} if the file is gone, has another size than when it
   *     was indexed, or more than {@link #MOST_BYTES}, and with {@link
   *     org.ijepa.store.StoreException} if it cannot be read
   */
  CompletionStage<ByteString> fetch(long sample);

  /**
   * The file of a sample whose bytes are doubted, read anew from where it lies and checked as well
   * as its store can. Where they turn out to be others, no cache has the doubted ones any more.
   *
   * @param doubted what {@link #fetch} brought
   * @return fails as {@link #fetch} does
   */
  CompletionStage<ByteString> again(long sample, ByteString doubted);

  /** What became of slow reads since the sources were opened. */
  Hedges hedges();

  /** In hexadecimal: samples with one fingerprint give the same run. */
  String fingerprint();
}
