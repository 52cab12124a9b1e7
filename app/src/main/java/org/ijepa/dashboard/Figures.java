package org.ijepa.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;
import org.ijepa.stage.PipelineCounts;

/**
 * What a run says of itself at one moment, as the lines of its files.
 *
 * @param step the last committed one
 * @param committedAt when it was written down
 * @param stages what the stages of the input have counted since the run began
 * @param collapse the last look for signs of collapse
 * @param probe what the online probe measured last
 * @param checkpoint the last complete one
 */
record Figures(
    Optional<ObjectNode> step,
    Optional<Instant> committedAt,
    Totals.Counts totals,
    PipelineCounts stages,
    Optional<ObjectNode> collapse,
    Optional<ObjectNode> probe,
    Optional<ObjectNode> checkpoint) {}
