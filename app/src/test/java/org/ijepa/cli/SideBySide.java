package org.ijepa.cli;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * A test whose processes mostly wait, for one another and for time-outs, so that two of a class run
 * at once. One that must have the machine to itself takes {@link #MACHINE} for writing.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Test
@Tag("process")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(value = SideBySide.MACHINE, mode = ResourceAccessMode.READ)
@interface SideBySide {
  String MACHINE = "machine";
}
