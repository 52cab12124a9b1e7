package org.ijepa.node;

import akka.actor.typed.ActorSystem;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.ijepa.batch.SampleViews;
import org.ijepa.collapse.HeldOutImages;
import org.ijepa.coordinator.RunListener;
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
  private final Samples whole;
  private final Optional<DataSource> heldOut;
  private final RunListener listener;

  private Watches(
      Settings settings, Samples whole, Optional<DataSource> heldOut, RunListener listener) {
    this.settings = settings;
    this.whole = whole;
    this.heldOut = heldOut;
    this.listener = listener;
  }

  /**
   * Opens what the watches that are set look at.
   *
   * @param whole all images that the run has
   * @param sources opens others
   * @param listener hears what cannot be looked at
   */
  static Watches open(
      Settings settings,
      Samples whole,
      Function<String, DataSource> sources,
      RunListener listener) {
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
    return new Watches(settings, whole, heldOut, listener);
  }

  /** What is looked at. */
  Samples images() {
    return heldOut.isPresent() ? heldOut.get() : whole;
  }

  /**
   * The watches, which have decoded by then what they look at.
   *
   * @param views of {@link #images}
   * @param system that sources are read on
   */
  StepWatch begin(SampleViews views, long totalSteps, ActorSystem<?> system) {
    return layers(totalSteps)
        .and(collapse(views, totalSteps))
        .and(probe(views, totalSteps, system));
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

  private StepWatch layers(long totalSteps) {
    int steps = settings.logging().layersEverySteps();
    return steps == 0 ? StepWatch.NONE : new LayerWatch().every(steps, totalSteps);
  }

  private StepWatch collapse(SampleViews views, long totalSteps) {
    EvaluationSettings.Collapse collapse = settings.evaluation().collapse();
    if (collapse.everySteps() == 0) {
      return StepWatch.NONE;
    }
    HeldOutImages images = heldOut("the watch for collapse", views, collapse.images());
    if (images.count() < 2) {
      listener.noted("warning: collapse is not looked for, as hardly any image can be read");
      return StepWatch.NONE;
    }
    return Models.collapseMonitor(settings, images).every(collapse.everySteps(), totalSteps);
  }

  private StepWatch probe(SampleViews views, long totalSteps, ActorSystem<?> system) {
    EvaluationSettings.Online online = settings.evaluation().online();
    if (!online.isOn()) {
      return StepWatch.NONE;
    }
    Optional<String> column =
        online.label().isEmpty() ? Optional.empty() : Optional.of(online.label());
    Labels labels = Labels.read(heldOut.orElseThrow(), Optional.empty(), column, system);
    HeldOutImages images = heldOut("the probe", views, online.images());
    int chunk = settings.optimization().microBatch();
    OnlineProbe probing =
        online.probe() == Probe.KNN
            ? OnlineProbe.neighbours(images, labels, chunk)
            : OnlineProbe.ridge(images, labels, chunk);
    return probing.every(online.everySteps(), totalSteps);
  }

  private HeldOutImages heldOut(String who, SampleViews views, int wanted) {
    try {
      HeldOutImages images =
          HeldOutImages.load(
              views,
              RandomKey.of(settings.seed(), "held-out"),
              wanted,
              settings.pipeline().fetchBytes());
      notePassedOver(who, images.passedOver());
      return images;
    } catch (CompletionException e) {
      throw Preflight.unusable(e.getCause());
    }
  }

  private void notePassedOver(String who, List<String> files) {
    if (!files.isEmpty()) {
      listener.noted(
          "warning: %s passes over files that are no usable images (%d): %s"
              .formatted(who, files.size(), SomeNames.of(files, "; ")));
    }
  }
}
