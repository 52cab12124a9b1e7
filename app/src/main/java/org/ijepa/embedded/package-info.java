/** An S3 server inside the process, with a folder as its store. */
package org.ijepa.embedded;
