package org.ijepa.coordinator;

import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.Settings;
import org.ijepa.source.SampleIndex;

/**
 * What a coordinator is made of.
 *
 * @param claimant unlike that of any other coordinator, for claims of generations
 * @param meaning what a run must have in common with its checkpoints, a line each
 * @param versions of the program and its libraries
 */
public record CoordinatorParts(
    Settings settings,
    RunPlan plan,
    CheckpointStore checkpoints,
    RunFolder folder,
    LedgerHeader ledger,
    SampleIndex index,
    String claimant,
    String meaning,
    String versions,
    int maxTrainerFailures,
    RunListener listener) {}
