/** Features of images from a frozen encoder, and the images' labels. */
package org.ijepa.feature;
