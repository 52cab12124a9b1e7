package org.ijepa.trainer;

import org.ijepa.collective.Collective;
import org.ijepa.collective.CollectiveException;
import org.ijepa.trainer.ToMember.Form;

/** Makes the collective of a generation. */
public interface CollectiveFactory {
  /** This rank's end; every rank of the generation makes the same call. */
  Collective join(Form form, int rank) throws CollectiveException;
}
