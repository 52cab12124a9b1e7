package org.ijepa.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.ByteArrayOutputStream;
import org.ijepa.trainer.Trainer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Lines as the log of the product writes them. */
@Isolated
final class LogPlaceTest {
  private final LogPlace place = new LogPlace();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
  private final Logger ours = (Logger) LoggerFactory.getLogger("org.ijepa");

  @BeforeEach
  void listen() {
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    appender.setContext(ours.getLoggerContext());
    appender.setEncoder(
        ((OutputStreamAppender<ILoggingEvent>) root.getAppender("STDERR")).getEncoder());
    appender.setOutputStream(written);
    appender.start();
    ours.addAppender(appender);
  }

  @AfterEach
  void clear() {
    place.clear();
    MDC.remove(Trainer.RANK);
    ours.detachAppender(appender);
  }

  /** The line that a warning makes, without its time. */
  private String line() {
    written.reset();
    LoggerFactory.getLogger("org.ijepa.x").warn("disk is full");
    return written.toString(UTF_8).substring("12:34:56 ".length());
  }

  @Test
  void shouldSayNothingBeforeARunHasBegun() {
    assertThat(line()).isEqualTo("WARN  disk is full\n");
  }

  @Test
  void shouldNameTheStepOfARunOfOneNode() {
    place.reduced(1, 41);
    assertThat(line()).isEqualTo("WARN  [step 41] disk is full\n");
  }

  @Test
  void shouldNameNodeGenerationAndStepOfACluster() {
    place.named("b:2551");
    assertThat(line()).isEqualTo("WARN  [b:2551] disk is full\n");
    place.reduced(3, 41);
    assertThat(line()).isEqualTo("WARN  [b:2551 g3 step 41] disk is full\n");
    place.clear();
    assertThat(line()).isEqualTo("WARN  disk is full\n");
  }

  @Test
  void shouldNameTheRankOnATrainersThreads() {
    place.named("b:2551");
    place.reduced(3, 41);
    MDC.put(Trainer.RANK, "2");
    assertThat(line()).isEqualTo("WARN  [b:2551 g3 step 41 rank 2] disk is full\n");
  }
}
