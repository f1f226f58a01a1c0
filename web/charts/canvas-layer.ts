// One canvas of a chart that is drawn in layers: as large as its box, in device pixels.
import { PixelPainter } from '../../charts/pixel-painter.ts'

export interface CanvasLayer {
  readonly canvas: HTMLCanvasElement
  readonly context: CanvasRenderingContext2D
}

/** Layers that are added later lie on top. Drawn by the processor: reading back and many small strokes are cheap there. */
export function addLayer(box: HTMLElement): CanvasLayer {
  const canvas = document.createElement('canvas')
  canvas.className = 'chart-layer'
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null) throw new Error('This browser does not draw on a canvas.')
  box.append(canvas)
  return { canvas, context }
}

/** In CSS pixels; the ratio is that of device pixels. */
export interface LayerSize {
  readonly width: number
  readonly height: number
  readonly ratio: number
}

export function sizeOf(box: HTMLElement): LayerSize {
  const ratio = Math.min(2, Math.max(1, window.devicePixelRatio))
  return { width: Math.max(1, box.clientWidth), height: Math.max(1, box.clientHeight), ratio }
}

/** Empties it too. */
export function resizeLayer({ canvas, context }: CanvasLayer, { width, height, ratio }: LayerSize): void {
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
}

/** A layer with pixels of its size, which are painted and then put onto it. Another size needs others. */
export interface PaintedLayer extends CanvasLayer {
  readonly image: ImageData
  readonly painter: PixelPainter
}

export function withPixels(layer: CanvasLayer): PaintedLayer {
  const { width, height } = layer.canvas
  const image = layer.context.createImageData(width, height)
  return { ...layer, image, painter: new PixelPainter(image.data, width, height) }
}

export function clearLayer({ context }: CanvasLayer, { width, height }: LayerSize): void {
  context.clearRect(0, 0, width, height)
}

/** All layers as one picture, on the given background. */
export function joinLayers(layers: readonly CanvasLayer[], background: string): HTMLCanvasElement {
  const joined = document.createElement('canvas')
  joined.width = layers[0]?.canvas.width ?? 1
  joined.height = layers[0]?.canvas.height ?? 1
  const context = joined.getContext('2d')
  if (context === null) return joined
  context.fillStyle = background
  context.fillRect(0, 0, joined.width, joined.height)
  for (const { canvas } of layers) context.drawImage(canvas, 0, 0)
  return joined
}

/** Text with a rim of the background, readable over lines. */
export function haloText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  background: string,
): void {
  context.lineWidth = 3
  context.lineJoin = 'round'
  context.strokeStyle = background
  context.strokeText(text, x, y)
  context.fillText(text, x, y)
}
