package org.ijepa.node;

import akka.actor.typed.ActorSystem;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.ijepa.collapse.HeldOutImages;
import org.ijepa.coordinator.RunListener;
import org.ijepa.decode.ImageDecoder;
import org.ijepa.failure.Failure;
import org.ijepa.feature.Labels;
import org.ijepa.feature.OnlineProbe;
import org.ijepa.random.RandomKey;
import org.ijepa.settings.EvaluationSettings;
import org.ijepa.settings.EvaluationSettings.Online.Probe;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.source.Samples;
import org.ijepa.trainer.LayerWatch;
import org.ijepa.trainer.StepWatch;

/** What looks at the model between the steps of a run. */
final class Watches {
  private final Settings settings;
  private final ImageDecoder decoder;
  private final long totalSteps;
  private final RunListener listener;
  private final ActorSystem<?> system;

  private Watches(
      Settings settings,
      ImageDecoder decoder,
      long totalSteps,
      RunListener listener,
      ActorSystem<?> system) {
    this.settings = settings;
    this.decoder = decoder;
    this.totalSteps = totalSteps;
    this.listener = listener;
    this.system = system;
  }

  /**
   * The watches that are set, with the images that they look at.
   *
   * @param source of the run
   * @param sources opens others
   * @param listener hears what cannot be looked at
   * @param system that sources are read on
   */
  static StepWatch of(
      Settings settings,
      Samples source,
      Function<String, DataSource> sources,
      ImageDecoder decoder,
      long totalSteps,
      RunListener listener,
      ActorSystem<?> system) {
    Watches watches = new Watches(settings, decoder, totalSteps, listener, system);
    EvaluationSettings evaluation = settings.evaluation();
    boolean isRead = evaluation.online().isOn() || evaluation.collapse().everySteps() > 0;
    Optional<DataSource> heldOut =
        Optional.of(evaluation.online().uri())
            .filter(uri -> isRead && !uri.isEmpty())
            .map(uri -> open(uri, sources));
    if (heldOut.isPresent() && trainsOn(settings, evaluation.online().uri())) {
      listener.noted(
          "warning: evaluation.data is what the run trains on: what is measured there is not of"
              + " images held out");
    }
    return watches
        .layers()
        .and(watches.collapse(heldOut.isPresent() ? heldOut.get() : source))
        .and(watches.probe(heldOut));
  }

  private static DataSource open(String uri, Function<String, DataSource> sources) {
    try {
      return sources.apply(uri);
    } catch (Failure e) {
      throw new Failure(e.exitCode(), "evaluation.data: " + e.getMessage(), e.hint(), e);
    }
  }

  private static boolean trainsOn(Settings settings, String uri) {
    return settings.data().requiredSources().stream()
        .anyMatch(source -> Extension.place(source.uri()).equals(Extension.place(uri)));
  }

  private StepWatch layers() {
    int steps = settings.logging().layersEverySteps();
    return steps == 0 ? StepWatch.NONE : new LayerWatch().every(steps, totalSteps);
  }

  private StepWatch collapse(Samples source) {
    EvaluationSettings.Collapse collapse = settings.evaluation().collapse();
    if (collapse.everySteps() == 0) {
      return StepWatch.NONE;
    }
    HeldOutImages images = heldOut(source, collapse.images());
    if (images.count() < 2) {
      listener.noted("warning: collapse is not looked for, as hardly any image can be read");
      return StepWatch.NONE;
    }
    return Models.collapseMonitor(settings, images).every(collapse.everySteps(), totalSteps);
  }

  private StepWatch probe(Optional<DataSource> heldOut) {
    EvaluationSettings.Online online = settings.evaluation().online();
    if (!online.isOn()) {
      return StepWatch.NONE;
    }
    DataSource labelled = heldOut.orElseThrow();
    Optional<String> column =
        online.label().isEmpty() ? Optional.empty() : Optional.of(online.label());
    Labels labels = Labels.read(labelled, Optional.empty(), column, system);
    HeldOutImages images = heldOut(labelled, online.images());
    int chunk = settings.optimization().microBatch();
    OnlineProbe probing =
        online.probe() == Probe.KNN
            ? OnlineProbe.neighbours(images, labels, chunk)
            : OnlineProbe.ridge(images, labels, chunk);
    return probing.every(online.everySteps(), totalSteps);
  }

  private HeldOutImages heldOut(Samples source, int images) {
    try {
      return HeldOutImages.load(
          source,
          decoder,
          RandomKey.of(settings.seed(), "held-out"),
          images,
          settings.data().imageSize(),
          settings.pipeline().fetchBytes());
    } catch (CompletionException e) {
      throw Preflight.unusable(e.getCause());
    }
  }
}
