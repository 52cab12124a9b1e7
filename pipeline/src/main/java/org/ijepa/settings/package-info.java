/** HOCON files and {@code --set} to validated records; the only place that sees {@code Config}. */
package org.ijepa.settings;
