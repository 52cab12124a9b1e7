package org.ijepa.settings;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What keeps strangers out of a cluster whose nodes listen on a network. Files are PEM; an empty
 * text is none.
 *
 * @param key private key of this node
 * @param certificate of that key
 * @param authority certificate of who signed the nodes' certificates
 * @param secretFile a secret that all nodes share
 * @param insecure whether a network is trusted without any of it
 */
public record ClusterSecurity(
    String key, String certificate, String authority, String secretFile, boolean insecure) {
  /** Nothing is protected, as where nothing but loopback listens. */
  public static final ClusterSecurity NONE = new ClusterSecurity("", "", "", "", false);

  public ClusterSecurity {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("cluster.tls.key", key);
    files.put("cluster.tls.certificate", certificate);
    files.put("cluster.tls.ca", authority);
    if (files.containsValue("")) {
      files.forEach(
          (name, file) -> {
            if (!file.isEmpty()) {
              throw ConfigurationError.of(
                  name, file, "stand with the other two of cluster.tls: key, certificate and ca");
            }
          });
    }
  }

  /** Whether messages between nodes are encrypted, and nodes show each other certificates. */
  public boolean isTls() {
    return !key.isEmpty();
  }

  /** Whether nobody without the certificates and the secret can take part. */
  public boolean isComplete() {
    return isTls() && !secretFile.isEmpty();
  }

  Map<String, Object> values() {
    return Values.of(
        "cluster.tls.key", key,
        "cluster.tls.certificate", certificate,
        "cluster.tls.ca", authority,
        "cluster.secret-file", secretFile,
        "cluster.insecure", insecure);
  }
}
