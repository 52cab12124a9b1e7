package org.ijepa.coordinator;

import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.ijepa.checkpoint.CheckpointStore;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.settings.Settings;
import org.ijepa.source.Samples;

/**
 * What a coordinator is made of.
 *
 * @param folder what is written of the run beside its checkpoints
 * @param session the same for all coordinators of one cluster, once the node was welcomed
 * @param claimant unlike that of any other coordinator, for claims of generations
 * @param meaning what a run must have in common with its checkpoints, a line each
 * @param secret digest of a session and the cluster's secret
 * @param versions of the program and its libraries
 */
public record CoordinatorParts(
    Settings settings,
    RunPlan plan,
    CheckpointStore checkpoints,
    FolderOpener folder,
    LedgerHeader ledger,
    Samples samples,
    Supplier<String> session,
    String claimant,
    String meaning,
    UnaryOperator<String> secret,
    String versions,
    int maxTrainerFailures,
    RunListener listener) {}
