/**
 * Files that change whole or not at all, whatever the disk or the process comes to, and how folders
 * go.
 */
package org.ijepa.file;
