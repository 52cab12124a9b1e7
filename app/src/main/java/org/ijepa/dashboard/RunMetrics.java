package org.ijepa.dashboard;

import akka.util.ByteString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A run's figures for Prometheus. What is not known yet is left out. Counters go back where a run
 * goes on from a checkpoint, which Prometheus takes for a restart of the process.
 */
final class RunMetrics {
  /** Fields of a finding that are no measures. */
  private static final Set<String> NO_MEASURES = Set.of("step", "word", "text");

  private final RunView view;
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormats formats = ExpositionFormats.init();
  private Figures figures;

  /** A page of metrics in the format that was asked for. */
  record Page(String contentType, ByteString bytes) {}

  RunMetrics(RunView view) throws IOException {
    this.view = view;
    figures = view.figures();
    counters();
    ofTheLastStep("ijepa_epoch", "Epoch of the last committed step, from 1.", "epoch");
    ofTheLastStep("ijepa_loss", "Loss of the last committed step.", "loss");
    ofTheLastStep("ijepa_learning_rate", "Learning rate of the last update.", "lr");
    ofTheLastStep("ijepa_weight_decay", "Weight decay of the last update.", "weight_decay");
    ofTheLastStep("ijepa_ema_momentum", "Momentum of the target encoder's average.", "ema");
    ofTheLastStep("ijepa_gradient_norm", "Euclidean norm of the whole gradient.", "grad_norm");
    ofTheLastStep("ijepa_images_per_second", "Images trained on per second.", "images_per_second");
    ofTheLastStep(
        "ijepa_input_wait_seconds",
        "Time that trainers waited for images in the last step, the longest of all.",
        "input_wait");
    ofTheLastStep(
        "ijepa_commit_wait_seconds",
        "Time from the last report of a reduced gradient until its commit was applied, in the step before.",
        "commit_wait");
    ofTheLastStep("ijepa_generation", "Generation of the cluster.", "generation");
    ofTheLastStep("ijepa_world_size", "Trainers in that generation.", "world_size");
    gauge(
        "ijepa_planned_steps",
        "Steps of the whole run.",
        now ->
            now.totals().planned() > 0
                ? Optional.of((double) now.totals().planned())
                : Optional.empty());
    gauge(
        "ijepa_last_commit_timestamp_seconds",
        "When the last step was written down, in seconds since 1970.",
        now -> now.committedAt().map(at -> at.toEpochMilli() / 1e3));
    gauge(
        "ijepa_last_checkpoint_step",
        "Steps committed when the last checkpoint was complete.",
        now -> now.checkpoint().map(line -> line.path("step").asDouble()));
    ofTheLastCheckpoint(
        "ijepa_last_checkpoint_stall_seconds",
        "Time that training waited for the last checkpoint's copy.",
        "stall_seconds");
    ofTheLastCheckpoint(
        "ijepa_last_checkpoint_write_seconds",
        "Time that the last checkpoint took to be written, beside training.",
        "write_seconds");
    stages();
    measures(
        "ijepa_collapse", "Measures of the last look for signs of collapse.", Figures::collapse);
    measures("ijepa_probe", "What the online probe measured last.", Figures::probe);
  }

  private void counters() {
    counter("ijepa_steps", "Committed steps.", now -> now.totals().steps());
    counter("ijepa_skipped_steps", "Steps skipped, as not finite.", now -> now.totals().skipped());
    counter(
        "ijepa_quarantined_samples",
        "Uses of samples that could not be read.",
        now -> now.totals().quarantined());
    counter("ijepa_checkpoints", "Checkpoints completed.", now -> now.totals().checkpoints());
    counter(
        "ijepa_images",
        "Images trained on.",
        now -> now.step().map(line -> line.path("samples").asDouble()).orElse(0.0));
  }

  /** Seconds of all places of a stage together, of all nodes that train. */
  private void stages() {
    CounterWithCallback.builder()
        .name("ijepa_stage_seconds")
        .help("Time that the places of an input stage worked or waited.")
        .labelNames("stage", "state")
        .callback(
            sample ->
                figures
                    .stages()
                    .forEach(
                        (name, stage) -> {
                          sample.call(stage.busy(), name, "works");
                          sample.call(stage.upstream(), name, "waits_for_input");
                          sample.call(stage.downstream(), name, "waits_for_next");
                        }))
        .register(registry);
    CounterWithCallback.builder()
        .name("ijepa_stage_elements")
        .help("Samples or micro-batches that an input stage has passed on.")
        .labelNames("stage")
        .callback(
            sample ->
                figures.stages().forEach((name, stage) -> sample.call((double) stage.out(), name)))
        .register(registry);
    counter(
        "ijepa_store_reads",
        "Reads of the store that were answered.",
        now -> now.stages().hedges().reads());
    counter(
        "ijepa_store_hedged_reads",
        "Reads of the store that were slow and sent a second time.",
        now -> now.stages().hedges().sent());
    counter(
        "ijepa_store_retries",
        "Reads of the store that failed for a passing reason and were repeated.",
        now -> now.stages().hedges().retries());
  }

  private void counter(String name, String help, ToDoubleFunction<Figures> value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(sample -> sample.call(value.applyAsDouble(figures)))
        .register(registry);
  }

  private void ofTheLastStep(String name, String help, String field) {
    gauge(
        name,
        help,
        now ->
            now.step()
                .map(line -> line.path(field))
                .filter(JsonNode::isNumber)
                .map(JsonNode::asDouble));
  }

  private void ofTheLastCheckpoint(String name, String help, String field) {
    gauge(
        name,
        help,
        now ->
            now.checkpoint()
                .map(line -> line.path(field))
                .filter(JsonNode::isNumber)
                .map(JsonNode::asDouble));
  }

  private void gauge(String name, String help, Function<Figures, Optional<Double>> value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(sample -> value.apply(figures).ifPresent(known -> sample.call(known)))
        .register(registry);
  }

  private void measures(String name, String help, Function<Figures, Optional<ObjectNode>> finding) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("measure")
        .callback(sample -> finding.apply(figures).ifPresent(line -> measures(line, sample)))
        .register(registry);
  }

  private static void measures(ObjectNode line, GaugeWithCallback.Callback sample) {
    line.fields()
        .forEachRemaining(
            field -> {
              if (!NO_MEASURES.contains(field.getKey()) && field.getValue().isNumber()) {
                sample.call(field.getValue().asDouble(), field.getKey());
              }
            });
  }

  /**
   * All metrics at this moment.
   *
   * @param accept header of the request; empty: the text format
   */
  synchronized Page page(String accept) throws IOException {
    figures = view.figures();
    ExpositionFormatWriter writer = formats.findWriter(accept);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    writer.write(bytes, registry.scrape());
    return new Page(writer.getContentType(), ByteString.fromArray(bytes.toByteArray()));
  }
}
