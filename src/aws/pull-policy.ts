/** The policy with which Lambda pulls from an ECR repository; printed whole in messages, so that it can be pasted. */
export const PULL_POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'LambdaECRImageRetrievalPolicy',
      Effect: 'Allow',
      Principal: { Service: 'lambda.amazonaws.com' },
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    },
  ],
} as const;
