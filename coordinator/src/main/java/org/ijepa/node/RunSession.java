package org.ijepa.node;

import java.util.UUID;

/**
 * What the coordinators of one cluster, one after another, have in common: by it they know that a
 * run folder is theirs although a process that sleeps still holds it. A node has a session of its
 * own until it is welcomed into a run.
 */
final class RunSession {
  private volatile String id = UUID.randomUUID().toString();

  String id() {
    return id;
  }

  void adopt(String session) {
    id = session;
  }
}
