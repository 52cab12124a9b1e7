package org.ijepa.cli;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** What tests have in common that compare a disturbed cluster with an undisturbed run. */
abstract class ProcessClusterTest {
  static final int NODES = 3;

  @TempDir static Path shared;
  static Path images;
  static Path undisturbed;

  @TempDir Path temp;
  ProcessCluster cluster;

  /** Before all tests of a class. */
  static void runUndisturbed(int steps) throws Exception {
    images = ProcessRun.images(shared.resolve("images"));
    undisturbed = ProcessCluster.runUndisturbed(images, shared, steps, NODES);
  }

  @AfterEach
  void killAll() throws Exception {
    cluster.close();
  }
}
