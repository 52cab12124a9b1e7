package org.ijepa.cli;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import org.ijepa.trainer.Trainer;

/** Writes where a line of the log comes from, in brackets with a blank behind them, or nothing. */
public final class LogPlaceConverter extends ClassicConverter {
  @Override
  public String convert(ILoggingEvent event) {
    String place = event.getLoggerContextVO().getPropertyMap().getOrDefault(LogPlace.PROPERTY, "");
    String rank = event.getMDCPropertyMap().get(Trainer.RANK);
    String both = rank == null ? place : (place + " rank " + rank).strip();
    return both.isEmpty() ? "" : "[" + both + "] ";
  }
}
