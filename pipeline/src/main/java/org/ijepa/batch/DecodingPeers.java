package org.ijepa.batch;

/** Others that decode for the streams of this process, beside the streams' own stages. */
public interface DecodingPeers {
  /** Nobody else. */
  DecodingPeers NONE = work -> () -> {};

  /**
   * A stream begins: whoever is there, or comes until it ends, may join its work.
   *
   * @return what is run when the stream has ended
   */
  Runnable serve(SharedWork work);
}
