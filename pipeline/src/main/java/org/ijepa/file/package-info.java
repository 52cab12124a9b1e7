/** Files that change whole or not at all, whatever the disk or the process comes to. */
package org.ijepa.file;
