import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { eager } from '../../scripts/eager-chunks.ts';

test('each module of a chunk is put in parentheses, and nothing else is touched', () => {
  const chunk =
    'export const id=7;export const modules={1:(e,t)=>{let a=()=>({b:()=>1})},2:function(e){},"x":3};';
  expect(eager(chunk)).toBe(
    'export const id=7;export const modules={1:((e,t)=>{let a=()=>({b:()=>1})}),2:(function(e){}),"x":3};',
  );
});

test('what is no chunk stays as it is', () => {
  expect(eager('const a={1:()=>{}};export{a};')).toBe('const a={1:()=>{}};export{a};');
});

test('the chunks of dist/ are made so', () => {
  const chunks = readdirSync('dist').filter((name) => /^\d+\.index\.js$/.test(name));
  expect(chunks.length).toBeGreaterThan(0);
  for (const name of chunks)
    expect(readFileSync(`dist/${name}`, 'utf8')).toMatch(/export const modules=\{(?:\d+|"[^"]+"):\(+/);
});
