// A chart as a file: the SVG that ECharts wrote in a frame of title and background, and the same as PNG.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ChartTheme } from '../../charts/chart-theme.ts'
import { cutToWidth, oneLineOf } from '../text-width.ts'

export interface PictureText {
  readonly title: string
  /** What is to be seen, in a sentence. */
  readonly summary: string
}

/** Height of what stands above the chart. */
export const HEAD_HEIGHT = 56
const PADDING = 16
/** The font of the package that draws the PNG. */
const FONT = 'DejaVu Sans'

/** Fonts of a theme, after the one that is always there for a PNG. */
export function fontOf(theme: ChartTheme): string {
  return `'${FONT}', ${theme.font}`
}

/** @param chart an `<svg>` of `width` by `height - HEAD_HEIGHT` @param size of the whole picture */
export function frameChart(
  chart: string,
  { title, summary }: PictureText,
  theme: ChartTheme,
  size: { readonly width: number; readonly height: number },
): string {
  const { width, height } = size
  const font = escapeXml(theme.font)
  const line = (text: string, y: number, fontSize: number, colour: string, weight: string) => {
    const cut = cutToWidth(oneLineOf(text), Math.floor((width - 2 * PADDING) / (0.6 * fontSize)))
    return `<text x="${PADDING}" y="${y}" font-family="${font}" font-size="${fontSize}" font-weight="${weight}" fill="${colour}">${escapeXml(cut)}</text>`
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(oneLineOf(summary))}">`,
    `<rect width="${width}" height="${height}" fill="${theme.background}"/>`,
    line(title, 24, 15, theme.text, 'bold'),
    line(summary, 44, 12, theme.textMuted, 'normal'),
    chart.replace('<svg ', `<svg y="${HEAD_HEIGHT}" `),
    '</svg>\n',
  ].join('\n')
}

/** @param scale pixels for each unit of the SVG */
export async function rasterize(svg: string, scale: number): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js')
  const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf')
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    font: {
      fontFiles: ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((name) => join(fonts, name)),
      // Scripts that it has not, where this machine has them.
      loadSystemFonts: true,
      defaultFontFamily: FONT,
      sansSerifFamily: FONT,
    },
  })
  return image.render().asPng()
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
}
