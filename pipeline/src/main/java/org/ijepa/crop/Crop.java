package org.ijepa.crop;

/**
 * A rectangle of an image, in pixels; it lies within the image and is not empty.
 *
 * @param left columns to the left of it
 * @param top rows above it
 * @param width columns in it
 * @param height rows in it
 */
public record Crop(int left, int top, int width, int height) {}
