package org.ijepa.decoding;

import akka.actor.typed.ActorRef;
import org.ijepa.batch.DecodingPeers;
import org.ijepa.batch.SharedWork;

/** The nodes of a cluster that decode, for the streams of this process once it is in one. */
public final class RemoteDecoding implements DecodingPeers {
  private volatile ActorRef<DecodingClient.Command> client;

  /** From now on streams that begin are told to {@code found}. */
  public void use(ActorRef<DecodingClient.Command> found) {
    client = found;
  }

  /** A stream that begins in no cluster has its own stages only. */
  @Override
  public Runnable serve(SharedWork work) {
    ActorRef<DecodingClient.Command> known = client;
    if (known == null) {
      return () -> {};
    }
    known.tell(new DecodingClient.Begun(work));
    return () -> known.tell(new DecodingClient.Ended(work));
  }
}
